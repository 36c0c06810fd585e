import { Tooltip } from '@mantine/core';
import { distance } from './durations';
import { useNow } from './use-now';

const CLOCK = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });

interface TimeProps {
  /** ISO 8601. */
  readonly at: string;
  /** `ago` (default): how far it is from now. `clock`: the reader's own date and time. */
  readonly as?: 'ago' | 'clock';
}

/** A moment, in the reader's zone; on hover the whole of it, and the exact UTC. */
export function Time({ at, as = 'ago' }: TimeProps) {
  const date = new Date(at);
  return (
    <Tooltip
      multiline
      label={
        <>
          {EXACT.format(date)}
          <br />
          <span className="tabular">{at} (UTC)</span>
        </>
      }
    >
      <time dateTime={at} className="tabular" style={{ whiteSpace: 'nowrap' }}>
        {as === 'clock' ? CLOCK.format(date) : <Ago at={date.getTime()} />}
      </time>
    </Tooltip>
  );
}

function Ago({ at }: { readonly at: number }) {
  return distance(at, useNow('calm'));
}
