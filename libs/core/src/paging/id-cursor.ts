import { isId } from '@nest-integrations/common';
import { InvalidInputError } from '../integration.error.js';

/** The place of a page in a list that is ordered by id. */
export function cursorOfId(id: string): string {
  return Buffer.from(id).toString('base64url');
}

/** @throws InvalidInputError */
export function idOfCursor(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString();
  if (isId(id)) return id;
  throw new InvalidInputError([
    { field: 'cursor', message: 'is not a cursor that an earlier page gave' },
  ]);
}
