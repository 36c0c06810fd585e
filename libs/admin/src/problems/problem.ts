import { STATUS_CODES } from 'node:http';
import type { FieldProblem } from '@nest-integrations/core';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** An error as RFC 9457 has it. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Path of the request, without its query. */
  readonly instance: string;
  readonly errors: readonly FieldProblem[];
  /** Only where the fault is ours: the same id stands in the log. */
  readonly errorId?: string;
}

export type ProblemKind =
  | 'invalid-request'
  | 'invalid-input'
  | 'unknown-event-type'
  | 'invalid-payload'
  | 'payload-too-large'
  | 'not-found'
  | 'conflict'
  | 'upstream';

/** `about:blank` where the status says it all. */
export function problemType(kind?: ProblemKind): string {
  return kind ? `urn:nest-integrations:problem:${kind}` : 'about:blank';
}

export function statusTitle(status: number): string {
  return STATUS_CODES[status] ?? 'Error';
}

/** The path that a problem names: a query may hold what should not be repeated. */
export function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return end === -1 ? url : url.slice(0, end);
}
