import { Progress, Text } from '@mantine/core';
import type { Replay } from '../api/types';

/** How many of them are sent; a recovery counts while it goes. */
export function ReplayProgress({ replay }: { readonly replay: Replay }) {
  const { done, total, state } = replay;
  const share = total === null ? 0 : total === 0 ? 100 : Math.min(100, (done / total) * 100);
  const text =
    total === null
      ? `${done.toLocaleString()} so far`
      : `${done.toLocaleString()} of ${total.toLocaleString()}`;
  return (
    <div style={{ minWidth: 120 }}>
      <Text size="xs" className="tabular">
        {text}
      </Text>
      <Progress
        value={share}
        size="sm"
        aria-label={text}
        animated={state === 'running'}
        color={state === 'cancelled' ? 'gray' : undefined}
      />
    </div>
  );
}
