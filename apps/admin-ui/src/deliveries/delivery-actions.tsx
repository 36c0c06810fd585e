import { Group, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Ban, FastForward, RotateCcw } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { answer, api } from '../api/client';
import type { Delivery } from '../api/types';
import { BusyButton } from '../parts/busy-button';
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
  const isActing = replay.isPending || retry.isPending || cancel.isPending;
  const place = useKeptFocus(isActing);
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
      <Group ref={place} gap="xs">
        <BusyButton
          size="xs"
          leftSection={<RotateCcw size={14} aria-hidden />}
          onClick={() => replay.mutate()}
          busy={replay.isPending}
        >
          Replay
        </BusyButton>
      </Group>
    );
  }
  const isWaiting = status === 'pending' || status === 'retrying';
  return (
    <Group ref={place} gap="xs">
      <BusyButton
        size="xs"
        leftSection={<FastForward size={14} aria-hidden />}
        onClick={() => retry.mutate()}
        busy={retry.isPending}
        disabled={!isWaiting}
      >
        Retry now
      </BusyButton>
      <BusyButton
        size="xs"
        variant="default"
        leftSection={<Ban size={14} aria-hidden />}
        onClick={askToCancel}
        busy={cancel.isPending}
        disabled={!isWaiting}
      >
        Cancel
      </BusyButton>
    </Group>
  );
}

/** A button that is gone, or can do nothing now, loses the focus: what can be done next gets it. */
function useKeptFocus(isActing: boolean) {
  const place = useRef<HTMLDivElement>(null);
  const hasActed = useRef(false);
  useEffect(() => {
    if (isActing) {
      hasActed.current = true;
    } else if (hasActed.current) {
      hasActed.current = false;
      if (document.activeElement !== document.body) return;
      place.current?.querySelector<HTMLElement>('button:enabled')?.focus();
    }
  }, [isActing]);
  return place;
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
