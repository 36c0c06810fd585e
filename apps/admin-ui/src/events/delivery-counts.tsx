import { Group, Text } from '@mantine/core';
import { Badge } from '../parts/status-badge';
import { CircleCheck, CircleX, Clock } from 'lucide-react';
import type { Event } from '../api/types';

/** How far an event's deliveries are: what went well, what did not, what is still on its way. */
export function DeliveryCounts({ counts }: { readonly counts: Event['deliveryCounts'] }) {
  const { delivered, failed, cancelled } = counts;
  const open = counts.pending + counts.attempting + counts.retrying;
  if (delivered + failed + cancelled + open === 0) {
    return (
      <Text size="sm" c="dimmed">
        nobody listens
      </Text>
    );
  }
  return (
    <Group gap={4} wrap="nowrap">
      {delivered > 0 && <Badge tone="good" icon={CircleCheck} label={`${delivered} delivered`} />}
      {failed > 0 && <Badge tone="bad" icon={CircleX} label={`${failed} failed`} />}
      {open > 0 && <Badge tone="busy" icon={Clock} label={`${open} open`} />}
      {cancelled > 0 && (
        <Text size="xs" c="dimmed" className="whole">
          {cancelled} cancelled
        </Text>
      )}
    </Group>
  );
}
