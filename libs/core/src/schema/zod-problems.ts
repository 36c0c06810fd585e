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
    const meant = meantAlternative(issue.errors);
    if (meant) return meant.flatMap((inner) => problemsOfIssue(inner, field));
  }
  // What is wrong with the name of a field, not with what stands at it.
  if (issue.code === 'invalid_key' && issue.issues.length > 0) {
    return issue.issues.map(({ message }) => ({ field, message }));
  }
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) {
    return [{ field, message: `is missing; must be ${issue.expected}` }];
  }
  return [{ field, message: issue.message }];
}

/** The alternative whose kind of value was given, and of those the one with the least wrong. */
function meantAlternative(errors: readonly Issue[][]): readonly Issue[] | undefined {
  const [meant] = errors
    .filter((issues) => issues.length > 0)
    .toSorted((a, b) => Number(isOtherKind(a)) - Number(isOtherKind(b)) || a.length - b.length);
  return meant;
}

function isOtherKind(issues: readonly Issue[]): boolean {
  return issues.some(
    ({ code, path }) => path.length === 0 && (code === 'invalid_type' || code === 'invalid_value'),
  );
}

function pathOf(path: readonly PropertyKey[], prefix: string): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, prefix);
}
