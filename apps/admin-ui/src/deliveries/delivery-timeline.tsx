import { UnstyledButton } from '@mantine/core';
import type { Attempt, DeliveryDetails } from '../api/types';
import { duration } from '../parts/durations';
import { OutcomeBadge } from '../parts/status-badge';
import { Time } from '../parts/time';
import { useNow } from '../parts/use-now';
import classes from './delivery-timeline.module.css';

interface TimelineProps {
  readonly delivery: DeliveryDetails;
  readonly chosen: number | null;
  readonly choose: (attempt: number) => void;
}

/** From the acceptance to where it stands now, with the waits between. */
export function DeliveryTimeline({ delivery, chosen, choose }: TimelineProps) {
  const { log, createdAt } = delivery;
  return (
    <ol className={classes.line}>
      <li className={classes.point} data-tone="still">
        <span className={classes.text}>
          Accepted <Time at={createdAt} as="clock" />
        </span>
      </li>
      {log.map((attempt, index) => (
        <AttemptPoint
          key={attempt.attempt}
          attempt={attempt}
          waitedMs={waitBefore(attempt, log[index - 1], createdAt)}
          isChosen={attempt.attempt === chosen}
          choose={choose}
        />
      ))}
      <Now delivery={delivery} />
    </ol>
  );
}

const TONES = { delivered: 'good', retry: 'warn', rejected: 'bad' } as const;

interface PointProps {
  readonly attempt: Attempt;
  readonly waitedMs: number;
  readonly isChosen: boolean;
  readonly choose: (attempt: number) => void;
}

function AttemptPoint({ attempt, waitedMs, isChosen, choose }: PointProps) {
  const { attempt: number, outcome, isReplay, startedAt, latencyMs, response } = attempt;
  return (
    <>
      {waitedMs >= 1_000 && <li className={classes.wait}>{duration(waitedMs)} later</li>}
      <li className={classes.point} data-tone={TONES[outcome]}>
        <UnstyledButton
          className={classes.choice}
          aria-pressed={isChosen}
          onClick={() => choose(number)}
        >
          <span className={classes.head}>
            <strong>{isReplay ? `Replay · attempt ${number}` : `Attempt ${number}`}</strong>
            <OutcomeBadge outcome={outcome} />
          </span>
          <span className={classes.detail}>
            <Time at={startedAt} as="clock" />
            <span className="tabular">{duration(latencyMs)}</span>
            {response && <span className="tabular">HTTP {response.status}</span>}
          </span>
        </UnstyledButton>
      </li>
    </>
  );
}

function Now({ delivery: { status, dueAt, log } }: { readonly delivery: DeliveryDetails }) {
  switch (status) {
    case 'delivered':
      return null;
    case 'failed':
      return (
        <li className={classes.point} data-tone="bad">
          <span className={classes.text}>Given up: no attempt follows by itself</span>
        </li>
      );
    case 'cancelled':
      return (
        <li className={classes.point} data-tone="still">
          <span className={classes.text}>Cancelled</span>
        </li>
      );
    case 'attempting':
      return (
        <li className={classes.point} data-tone="busy">
          <span className={classes.text}>Attempt {log.length + 1} is being made</span>
        </li>
      );
    case 'pending':
    case 'retrying':
      return (
        <li className={classes.point} data-tone="open">
          <span className={classes.text}>
            {status === 'pending' && log.length === 0 ? 'First attempt' : 'Next attempt'}{' '}
            {dueAt === null ? 'as soon as it may' : <Countdown to={dueAt} />}
          </span>
        </li>
      );
  }
}

function Countdown({ to }: { readonly to: string }) {
  const leftMs = new Date(to).getTime() - useNow('second');
  return (
    <>
      <strong className="tabular" role="timer">
        {leftMs > 999 ? `in ${duration(Math.floor(leftMs / 1_000) * 1_000)}` : 'now'}
      </strong>
      {leftMs > 60_000 && (
        <>
          {' · '}
          <Time at={to} as="clock" />
        </>
      )}
    </>
  );
}

/** From the end of the one before, or from the acceptance. */
function waitBefore(attempt: Attempt, before: Attempt | undefined, createdAt: string): number {
  const from = before
    ? new Date(before.startedAt).getTime() + before.latencyMs
    : new Date(createdAt).getTime();
  return new Date(attempt.startedAt).getTime() - from;
}
