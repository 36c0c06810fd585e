import { ConflictError } from '../integration.error.js';

interface Revised {
  readonly name: string;
  readonly revision: number;
}

/**
 * A change that was begun from what another one has replaced since would undo that one.
 * @throws ConflictError where a revision was given and is not the row's
 */
export function assertRevision(row: Revised, given: number | undefined): void {
  if (given === undefined || given === row.revision) return;
  throw new ConflictError(
    `'${row.name}' was changed meanwhile: it is at revision ${row.revision}, not ${given}. Read it again, then change it`,
  );
}
