import { SetMetadata, type CustomDecorator } from '@nestjs/common';

export const CHANGES_NOTHING = 'nest-integrations:changes-nothing';

/** A route that only reads, although its method says otherwise: it leaves no row in the audit log. */
export function ChangesNothing(): CustomDecorator {
  return SetMetadata(CHANGES_NOTHING, true);
}
