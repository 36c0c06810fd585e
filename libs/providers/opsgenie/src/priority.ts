import type { Priority } from './opsgenie-config.js';

const WORDS: Readonly<Record<Priority, readonly string[]>> = {
  P1: ['p1', 'critical', 'fatal', 'emergency', 'blocker', 'outage', 'sev1', '1'],
  P2: ['p2', 'high', 'error', 'major', 'sev2', '2'],
  P3: ['p3', 'medium', 'moderate', 'warning', 'sev3', '3'],
  P4: ['p4', 'low', 'minor', 'notice', 'sev4', '4'],
  P5: ['p5', 'info', 'informational', 'ok', 'none', 'sev5', '5'],
};

const BY_WORD = new Map<string, Priority>(
  (['P1', 'P2', 'P3', 'P4', 'P5'] as const).flatMap((priority) =>
    WORDS[priority].map((word): [string, Priority] => [word, priority]),
  ),
);

/** What a word means: one of ours first, then those in common use; upper case or lower. */
export function priorityOf(
  word: string,
  given: { readonly own: Readonly<Record<string, Priority>>; readonly otherwise: Priority },
): Priority {
  const wanted = word.trim().toLowerCase();
  const [, own] = Object.entries(given.own).find(([name]) => name.toLowerCase() === wanted) ?? [];
  return own ?? BY_WORD.get(wanted) ?? given.otherwise;
}
