import { ValidateIf } from 'class-validator';

/** The field may be missing. Unlike with `@IsOptional()`, a `null` is refused. */
export function MayBeLeftOut(): PropertyDecorator {
  return ValidateIf((_object: object, value: unknown) => value !== undefined);
}
