import type { z } from 'zod';
import type { FieldProblem } from '../integration.error.js';

type Issue = z.core.$ZodIssue;

/** What is wrong with an input, a field a line: `config.auth.token: …`. */
export function problemsOf(error: z.ZodError, prefix: string): FieldProblem[] {
  return error.issues.flatMap((issue) => problemsOfIssue(issue, prefix));
}

function problemsOfIssue(issue: Issue, prefix: string): FieldProblem[] {
  const field = pathOf(issue.path, prefix);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: pathOf([...issue.path, key], prefix),
      message: 'is not a known field',
    }));
  }
  if (issue.code === 'invalid_union') {
    // The alternative that came closest is the one that was meant.
    const [closest] = issue.errors.toSorted((a, b) => a.length - b.length);
    if (closest && closest.length > 0 && issue.errors.length > 0) {
      return closest.flatMap((inner) => problemsOfIssue(inner, field));
    }
  }
  return [{ field, message: issue.message }];
}

function pathOf(path: readonly PropertyKey[], prefix: string): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, prefix);
}
