import { ZodError } from 'zod';
import { problemsOf } from '../schema/zod-problems.js';

const MAX_PROBLEMS = 3;

/**
 * What a provider threw, as a sentence for an admin. Where its schema refused an answer, by the fields
 * that are wrong in it, not as JSON.
 */
export function thrownReason(error: unknown): string {
  if (error instanceof ZodError) {
    const problems = problemsOf(error, '').slice(0, MAX_PROBLEMS);
    const told = problems.map(({ field, message }) => `${field || 'it'}: ${message}`).join('; ');
    return `The answer is not what was expected: ${told}`;
  }
  return error instanceof Error ? error.message : String(error);
}
