import { Text } from '@mantine/core';
import type { Attempt } from '../api/types';
import { duration } from '../parts/durations';
import { phasesOf } from './timing-phases';
import classes from './timing-waterfall.module.css';

export function TimingWaterfall({ timings }: { readonly timings: Attempt['timings'] }) {
  if (!timings) {
    return (
      <Text size="sm" c="dimmed">
        No call was made, so there is nothing to time.
      </Text>
    );
  }
  const { totalMs } = timings;
  const share = (ms: number): string => `${totalMs > 0 ? (ms / totalMs) * 100 : 0}%`;
  return (
    <table className={classes.table}>
      <caption className="visually-hidden">What the time of the call went into</caption>
      <tbody>
        {phasesOf(timings).map(({ name, fromMs, forMs }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td className={classes.track}>
              <span
                className={classes.bar}
                style={{ marginLeft: share(fromMs), width: share(forMs) }}
              />
            </td>
            <td className={classes.figure}>{figure(forMs)}</td>
          </tr>
        ))}
        <tr className={classes.total}>
          <th scope="row">In all</th>
          <td />
          <td className={classes.figure}>{figure(totalMs)}</td>
        </tr>
      </tbody>
    </table>
  );
}

function figure(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : duration(ms);
}
