import { Button, Group, Modal, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { LifeBuoy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { answer, api } from '../api/client';
import { keys } from '../api/query-keys';
import type { Recoverable, Subscription } from '../api/types';
import { BusyButton } from '../parts/busy-button';
import { ProblemAlert } from '../parts/problem-alert';
import { Time } from '../parts/time';
import { useSubscriptionActions } from './subscription-actions';

interface RecoverNoticeProps {
  readonly subscription: Subscription;
  /** What enabling it has just offered; `null`: it was not enabled here. */
  readonly offered: Recoverable | null;
}

/** Offers to send what a subscription missed: at once when it is enabled, at any time by its button. */
export function RecoverNotice({ subscription, offered }: RecoverNoticeProps) {
  const { id, enabled } = subscription;
  const [isOpen, setOpen] = useState(false);
  const { recover } = useSubscriptionActions(id);
  const missed = useQuery({
    queryKey: keys.recoverable(id),
    queryFn: ({ signal }) =>
      answer(api.GET('/subscriptions/{id}/recoverable', { params: { path: { id } }, signal })),
    enabled: enabled && isOpen,
  });
  useEffect(() => {
    if (offered && hasMissed(offered)) setOpen(true);
  }, [offered]);
  const found = missed.data ?? offered;
  if (!enabled) return null;
  return (
    <>
      <Button
        variant="default"
        leftSection={<LifeBuoy size={15} aria-hidden />}
        onClick={() => setOpen(true)}
      >
        Recover
      </Button>
      <Modal opened={isOpen} onClose={() => setOpen(false)} title="Send what was missed?">
        {missed.error && <ProblemAlert error={missed.error} />}
        {found && (
          <Text size="sm">
            {found.since === null ? (
              'It was never disabled, and it does not fail: nothing was missed.'
            ) : (
              <>
                Since <Time at={found.since} as="clock" />: {countOf(found.deliveries)} failed or
                cancelled deliveries
                {found.events !== 0 &&
                  `, and ${found.eventsAreUpperBound ? 'up to ' : ''}${countOf(found.events)} events that were accepted while it was disabled`}
                . They are sent again in the background, with the ids they had.
              </>
            )}
          </Text>
        )}
        {recover.error && (
          <ProblemAlert error={recover.error} title="The recovery was not started" />
        )}
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={() => setOpen(false)}>
            Not now
          </Button>
          <BusyButton
            disabled={!found || !hasMissed(found)}
            busy={recover.isPending}
            onClick={() => recover.mutate(undefined, { onSuccess: () => setOpen(false) })}
          >
            Recover
          </BusyButton>
        </Group>
      </Modal>
    </>
  );
}

function hasMissed({ since, deliveries, events }: Recoverable): boolean {
  return since !== null && (deliveries !== 0 || events !== 0);
}

function countOf(count: number | null): string {
  return count === null ? 'very many' : count.toLocaleString();
}
