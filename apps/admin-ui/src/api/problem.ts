import type { components } from '../../dist/api';

export type FieldProblem = components['schemas']['FieldProblemDto'];

/** What went wrong, as the API says it, or as it is where no answer came. */
export class ProblemError extends Error {
  constructor(
    /** `null`: no answer came. */
    readonly status: number | null,
    readonly title: string,
    readonly detail: string,
    readonly fields: readonly FieldProblem[] = [],
    readonly errorId: string | null = null,
  ) {
    super(detail);
    this.name = 'ProblemError';
  }
}

export function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof TypeError) {
    return new ProblemError(
      null,
      'The server can’t be reached',
      'Nothing was lost: check the connection, then try again.',
    );
  }
  return new ProblemError(null, 'Something went wrong', String(error));
}

/** @param body the answer’s body: a problem document, where it came from the API itself */
export function problemOf(status: number, body: unknown): ProblemError {
  const document = typeof body === 'object' && body !== null ? body : {};
  const text = (name: string, otherwise: string): string => {
    const value: unknown = Object.entries(document).find(([key]) => key === name)?.[1];
    return typeof value === 'string' && value !== '' ? value : otherwise;
  };
  const errors = 'errors' in document && Array.isArray(document.errors) ? document.errors : [];
  return new ProblemError(
    status,
    text('title', `The server answered ${status}`),
    text('detail', 'Try again; if it stays, look into the server’s log.'),
    errors.filter(isFieldProblem),
    text('errorId', '') || null,
  );
}

function isFieldProblem(value: unknown): value is FieldProblem {
  return typeof value === 'object' && value !== null && 'field' in value && 'message' in value;
}
