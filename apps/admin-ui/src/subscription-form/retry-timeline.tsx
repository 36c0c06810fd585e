import { Group, Text, Tooltip } from '@mantine/core';
import { useNow } from '../parts/use-now';
import { waitText } from './duration';
import classes from './retry-timeline.module.css';

export interface RetryTimelineProps {
  readonly delaysSeconds: readonly number[];
}

/** The attempts on a line whose scale is logarithmic: seconds and days are both to be seen. */
export function RetryTimeline({ delaysSeconds }: RetryTimelineProps) {
  const moments = momentsOf(delaysSeconds);
  const total = moments.at(-1) ?? 0;
  const clock = clockFor(new Date(useNow('calm')));
  return (
    <div>
      <div className={classes.line} aria-hidden>
        {[0, ...moments].map((seconds, index) => (
          <Tooltip
            key={index}
            label={`Attempt ${index + 1}: ${seconds === 0 ? 'at once' : `after ${waitText(seconds)}, ${clock(seconds)}`}`}
          >
            <span
              className={classes.dot}
              style={{ insetInlineStart: `${placeOf(seconds, total)}%` }}
            />
          </Tooltip>
        ))}
      </div>
      <Group gap={6}>
        <Text size="xs" c="dimmed">
          {sentenceOf(moments, clock)}
        </Text>
      </Group>
    </div>
  );
}

/** Seconds from the first attempt to each retry. */
export function momentsOf(delaysSeconds: readonly number[]): number[] {
  let at = 0;
  return delaysSeconds.map((delay) => (at += delay));
}

function sentenceOf(moments: readonly number[], clock: (seconds: number) => string): string {
  const last = moments.at(-1);
  if (last === undefined) return 'One attempt: what fails is given up at once.';
  const first = moments.slice(0, 3).map(clock).join(', then ');
  return `${moments.length + 1} attempts. If the first failed now: next ${first}${moments.length > 3 ? ' …' : ''}, gives up ${clock(last)}.`;
}

function placeOf(seconds: number, total: number): number {
  if (total <= 0) return 0;
  return (Math.log1p(seconds) / Math.log1p(total)) * 100;
}

/** Today's times as 14:05, others with their day, in the reader's zone. */
function clockFor(now: Date): (seconds: number) => string {
  return (seconds) => {
    const at = new Date(now.getTime() + seconds * 1_000);
    const isToday = at.toDateString() === now.toDateString();
    return at.toLocaleString(undefined, {
      ...(!isToday && { weekday: 'short' }),
      hour: '2-digit',
      minute: '2-digit',
      ...(seconds < 60 && { second: '2-digit' }),
    });
  };
}
