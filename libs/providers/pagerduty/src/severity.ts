import type { Severity } from './pagerduty-config.js';

const WORDS: Readonly<Record<Severity, readonly string[]>> = {
  critical: ['critical', 'fatal', 'emergency', 'alert', 'blocker', 'outage', 'p1', 'sev1', '1'],
  error: ['error', 'err', 'high', 'major', 'p2', 'sev2', '2'],
  warning: ['warning', 'warn', 'medium', 'moderate', 'minor', 'p3', 'sev3', '3'],
  info: [
    'info',
    'informational',
    'notice',
    'low',
    'ok',
    'none',
    'p4',
    'p5',
    'sev4',
    'sev5',
    '4',
    '5',
  ],
};

const BY_WORD = new Map<string, Severity>([
  ...wordsOf('critical'),
  ...wordsOf('error'),
  ...wordsOf('warning'),
  ...wordsOf('info'),
]);

function wordsOf(severity: Severity): [string, Severity][] {
  return WORDS[severity].map((word) => [word, severity]);
}

/** What a word means: one of ours first, then those in common use; upper case or lower. */
export function severityOf(
  word: string,
  given: { readonly own: Readonly<Record<string, Severity>>; readonly otherwise: Severity },
): Severity {
  const wanted = word.trim().toLowerCase();
  const [, own] = Object.entries(given.own).find(([name]) => name.toLowerCase() === wanted) ?? [];
  return own ?? BY_WORD.get(wanted) ?? given.otherwise;
}
