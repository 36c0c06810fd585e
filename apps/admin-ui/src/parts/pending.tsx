import { Skeleton, Stack } from '@mantine/core';
import { useDelayed } from './use-delayed';

interface PendingProps {
  /** What is waited for: “Deliveries load”. */
  readonly label: string;
  readonly lines?: number;
  readonly height?: number;
}

/** In place of what is not there yet; a wait below 300 ms shows nothing. */
export function Pending({ label, lines = 6, height = 28 }: PendingProps) {
  const isLong = useDelayed(true);
  return (
    <Stack gap="xs" role="status" aria-busy="true" mih={height}>
      <span className="visually-hidden">{isLong ? label : ''}</span>
      {isLong &&
        Array.from({ length: lines }, (_, line) => (
          <Skeleton key={line} height={height} width={line === lines - 1 ? '60%' : '100%'} />
        ))}
    </Stack>
  );
}
