import { Text } from '@mantine/core';
import { diffLines } from 'diff';
import type { ShownAttempt } from '../api/types';
import classes from './attempt-diff.module.css';
import { requestText, responseText } from './attempt-text';

interface AttemptDiffProps {
  readonly from: ShownAttempt;
  readonly to: ShownAttempt;
}

/** What two attempts sent and got differently. */
export function AttemptDiff({ from, to }: AttemptDiffProps) {
  return (
    <>
      <Text size="xs" c="dimmed">
        <span aria-hidden>−</span> attempt {from.attempt}, <span aria-hidden>+</span> attempt{' '}
        {to.attempt}
      </Text>
      <Lines title="Request" from={requestText(from)} to={requestText(to)} />
      <Lines title="Response" from={responseText(from)} to={responseText(to)} />
    </>
  );
}

interface LinesProps {
  readonly title: string;
  readonly from: string;
  readonly to: string;
}

function Lines({ title, from, to }: LinesProps) {
  if (from === to) {
    return (
      <Text size="sm">
        <strong>{title}</strong>: the same
      </Text>
    );
  }
  return (
    <div>
      <Text size="sm" fw={600} mb={4}>
        {title}
      </Text>
      <pre className={classes.diff} tabIndex={0} aria-label={`Differences of the ${title}`}>
        {diffLines(from, to).map(({ value, added, removed }, index) => (
          <span key={index} data-kind={added ? 'added' : removed ? 'removed' : undefined}>
            {marked(value, added ? '+ ' : removed ? '− ' : '  ')}
          </span>
        ))}
      </pre>
    </div>
  );
}

function marked(text: string, mark: string): string {
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => `${mark}${line}\n`)
    .join('');
}
