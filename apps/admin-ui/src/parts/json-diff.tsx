import { diffLines } from 'diff';
import { useMemo } from 'react';
import classes from './json-diff.module.css';

interface JsonDiffProps {
  /** Any JSON values; `null`: there was none. */
  readonly before: unknown;
  readonly after: unknown;
  /** What it is, for screen readers. */
  readonly label: string;
}

/** Two JSON values line by line: what went, what came. */
export function JsonDiff({ before, after, label }: JsonDiffProps) {
  const parts = useMemo(() => diffLines(textOf(before), textOf(after)), [before, after]);
  return (
    <pre className={classes.text} tabIndex={0} aria-label={label}>
      {parts.map(({ value, added, removed }, index) => (
        <span key={index} data-change={added ? 'added' : removed ? 'removed' : undefined}>
          {value.replace(/^/gm, added ? '+ ' : removed ? '- ' : '  ').replace(/\n[+\- ] $/, '\n')}
        </span>
      ))}
    </pre>
  );
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}
