import { Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { answer, api } from '../api/client';
import { failed } from '../parts/notices';

/** Asks first: whoever receives them sees them a second time. Then shows how far it is. */
export function useReplaySelected(onDone: () => void) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const replay = useMutation({
    mutationFn: (ids: readonly string[]) =>
      answer(api.POST('/replays', { body: { deliveryIds: [...ids] } })),
    onSuccess: ({ id }) => {
      onDone();
      void client.invalidateQueries({ queryKey: ['replays'] });
      void navigate(`/operations/replays/${id}`);
    },
    onError: (error) => failed('Nothing was replayed', error),
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
