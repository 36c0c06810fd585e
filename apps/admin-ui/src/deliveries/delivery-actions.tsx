import { Button, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Ban, FastForward, RotateCcw } from 'lucide-react';
import { answer, api } from '../api/client';
import type { Delivery } from '../api/types';
import { failed, succeeded } from '../parts/notices';

/** Replay what has ended; hurry or cancel what has not. */
export function DeliveryActions({ delivery }: { readonly delivery: Delivery }) {
  const { id, status, eventType, subscriptionName } = delivery;
  const params = { path: { id } };
  const replay = useAction(
    () => answer(api.POST('/deliveries/{id}/replay', { params })),
    'It is sent again',
    'It was not sent again',
  );
  const retry = useAction(
    () => answer(api.POST('/deliveries/{id}/retry-now', { params })),
    'The next attempt is made now',
    'It was not attempted',
  );
  const cancel = useAction(
    () => answer(api.POST('/deliveries/{id}/cancel', { params })),
    'It is cancelled',
    'It was not cancelled',
  );
  const askToCancel = () =>
    modals.openConfirmModal({
      title: 'Cancel this delivery?',
      children: (
        <Text size="sm">
          <strong>{eventType}</strong> is not sent to{' '}
          <strong>{subscriptionName ?? 'the subscription'}</strong> any more. It can be replayed
          later.
        </Text>
      ),
      labels: { confirm: 'Cancel the delivery', cancel: 'Keep it' },
      confirmProps: { color: 'red' },
      onConfirm: () => cancel.mutate(),
    });

  if (status === 'delivered' || status === 'failed' || status === 'cancelled') {
    return (
      <Button
        size="xs"
        leftSection={<RotateCcw size={14} aria-hidden />}
        onClick={() => replay.mutate()}
        loading={replay.isPending}
      >
        Replay
      </Button>
    );
  }
  const isWaiting = status === 'pending' || status === 'retrying';
  return (
    <>
      <Button
        size="xs"
        leftSection={<FastForward size={14} aria-hidden />}
        onClick={() => retry.mutate()}
        loading={retry.isPending}
        disabled={!isWaiting}
      >
        Retry now
      </Button>
      <Button
        size="xs"
        variant="default"
        leftSection={<Ban size={14} aria-hidden />}
        onClick={askToCancel}
        loading={cancel.isPending}
        disabled={!isWaiting}
      >
        Cancel
      </Button>
    </>
  );
}

function useAction(act: () => Promise<unknown>, done: string, notDone: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: () => succeeded(done),
    onError: (error) => failed(notDone, error),
    // Also where it was refused: then it is not what this page shows.
    onSettled: () => client.invalidateQueries({ queryKey: ['deliveries'] }),
  });
}
