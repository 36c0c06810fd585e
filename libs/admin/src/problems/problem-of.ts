import { HttpException } from '@nestjs/common';
import type { FieldProblem } from '@nest-integrations/core';
import { InvalidRequestException } from './invalid-request.exception.js';
import { problemType, statusTitle, type Problem, type ProblemKind } from './problem.js';

interface Meaning {
  readonly kind: ProblemKind;
  readonly title: string;
  readonly status: number;
  /** The field at fault, where the error itself does not name one. */
  readonly field?: string;
}

/** What core's errors mean over HTTP, by code: an app may hold two copies of core's classes. */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ['INVALID_INPUT', { kind: 'invalid-input', title: 'Invalid input', status: 422 }],
  [
    'UNKNOWN_EVENT_TYPE',
    { kind: 'unknown-event-type', title: 'Unknown event type', status: 422, field: 'eventType' },
  ],
  ['INVALID_PAYLOAD', { kind: 'invalid-payload', title: 'Invalid payload', status: 422 }],
  [
    'PAYLOAD_TOO_LARGE',
    { kind: 'payload-too-large', title: 'Payload too large', status: 413, field: 'payload' },
  ],
  ['NOT_FOUND', { kind: 'not-found', title: 'Not found', status: 404 }],
  ['UPSTREAM', { kind: 'upstream', title: 'The other side refused', status: 502 }],
  ['CONFLICT', { kind: 'conflict', title: 'Conflict', status: 409 }],
]);

/** The problem that an error is for the caller; `undefined`: it is ours, not the caller's. */
export function problemOf(error: unknown, instance: string): Problem | undefined {
  if (!(error instanceof Error)) return undefined;
  const meaning = 'code' in error ? MEANINGS.get(String(error.code)) : undefined;
  if (meaning) return ofMeaning(error, meaning, instance);
  if (error instanceof InvalidRequestException) {
    return {
      ...ofStatus(400, error.message, instance),
      type: problemType('invalid-request'),
      title: 'Invalid request',
      errors: error.problems,
    };
  }
  if (error instanceof HttpException && error.getStatus() < 500) {
    return ofStatus(error.getStatus(), messageOf(error), instance);
  }
  return undefined;
}

export function ofStatus(status: number, detail: string, instance: string): Problem {
  return { type: problemType(), title: statusTitle(status), status, detail, instance, errors: [] };
}

function ofMeaning(error: Error, meaning: Meaning, instance: string): Problem {
  const { kind, title, status, field } = meaning;
  return {
    type: problemType(kind),
    title,
    status,
    detail: error.message,
    instance,
    errors: field ? [{ field, message: error.message }] : fieldProblemsOf(error),
  };
}

function fieldProblemsOf(error: Error): FieldProblem[] {
  if (!('problems' in error) || !Array.isArray(error.problems)) return [];
  return error.problems.filter(isFieldProblem);
}

function isFieldProblem(value: unknown): value is FieldProblem {
  return (
    typeof value === 'object' &&
    value !== null &&
    'field' in value &&
    typeof value.field === 'string' &&
    'message' in value &&
    typeof value.message === 'string'
  );
}

/** A host's own pipes give lists of messages. */
function messageOf(error: HttpException): string {
  const body = error.getResponse();
  if (typeof body === 'object' && 'message' in body && Array.isArray(body.message)) {
    return body.message.join('; ');
  }
  return error.message;
}
