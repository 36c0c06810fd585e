import { Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { succeeded, warned } from '../parts/notices';
import { replayEach, type ReplayedEach } from './replay-each';

/** Asks first: whoever receives them sees them a second time. */
export function useReplaySelected(onDone: () => void) {
  const client = useQueryClient();
  const replay = useMutation({
    mutationFn: replayEach,
    onSuccess: (replayed) => {
      tell(replayed);
      onDone();
      void client.invalidateQueries({ queryKey: ['deliveries'] });
    },
  });
  const ask = (ids: readonly string[]) =>
    modals.openConfirmModal({
      title: ids.length === 1 ? 'Replay one delivery?' : `Replay ${ids.length} deliveries?`,
      children: (
        <Text size="sm">
          The receivers get the same <code>webhook-id</code> again, with today’s config of the
          subscription. What is still on its way is left alone.
        </Text>
      ),
      labels: { confirm: 'Replay', cancel: 'Cancel' },
      onConfirm: () => replay.mutate(ids),
    });
  return { ask, isPending: replay.isPending };
}

function tell({ sent, refused }: ReplayedEach): void {
  const title = sent === 1 ? 'One delivery is sent again' : `${sent} deliveries are sent again`;
  if (refused.length === 0) {
    succeeded(title);
    return;
  }
  const others = refused.map(({ reason, count }) => `${count} not: ${reason}`);
  warned(title, others.join(' '));
}
