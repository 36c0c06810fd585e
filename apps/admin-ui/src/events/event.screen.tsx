import { Alert, Button, Group, Modal, Paper, Select, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Send } from 'lucide-react';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { answer, api } from '../api/client';
import { mounted } from '../api/mounted';
import { keys } from '../api/query-keys';
import type { EventDetails } from '../api/types';
import { BusyButton } from '../parts/busy-button';
import { Copy } from '../parts/copy';
import { EmptyState } from '../parts/empty-state';
import { JsonView } from '../parts/json-view';
import { Pending } from '../parts/pending';
import { ProblemAlert } from '../parts/problem-alert';
import { Screen } from '../parts/screen';
import classes from '../parts/side-by-side.module.css';
import { DeliveryBadge } from '../parts/status-badge';
import { Time } from '../parts/time';

/** One event: what it said, and everyone it went to. */
export function Component() {
  const { id = '' } = useParams();
  const event = useQuery({
    queryKey: keys.event(id),
    queryFn: ({ signal }) => answer(api.GET('/events/{id}', { params: { path: { id } }, signal })),
  });
  const parent = { label: 'Events', to: '/events' };
  const { data } = event;
  if (!data) {
    return (
      <Screen title="Event" parent={parent}>
        {event.error ? (
          <ProblemAlert error={event.error} onRetry={() => void event.refetch()} />
        ) : (
          <Pending label="The event loads" />
        )}
      </Screen>
    );
  }
  return (
    <Screen
      title={data.type}
      parent={parent}
      description={
        <Group gap={6}>
          <Text size="sm" c="dimmed" ff="monospace">
            {data.id}
          </Text>
          <Copy text={data.id} what="event id" />
          <span>
            happened <Time at={data.occurredAt} />
          </span>
        </Group>
      }
      actions={mounted.canManage ? <SendToSubscription event={data} /> : undefined}
    >
      <div className={classes.columns}>
        <Paper p="md" component="section">
          <Group justify="space-between" mb="xs">
            <Title order={2}>Payload</Title>
            <Link to={`/events/types/${data.type}`}>Its type</Link>
          </Group>
          {data.payloadRemovedAt === null ? (
            <JsonView value={data.payload} label="payload" maxHeight={560} />
          ) : (
            <Alert color="gray">
              The payload was removed <Time at={data.payloadRemovedAt} />: it can’t be sent again.
            </Alert>
          )}
        </Paper>
        <Paper p="md" component="section">
          <Title order={2} mb="xs">
            Deliveries
          </Title>
          {data.deliveries.length === 0 ? (
            <EmptyState title="Nobody was listening">
              No subscription matched when it happened. It can still be sent to one.
            </EmptyState>
          ) : (
            <Stack gap={6}>
              {data.deliveries.map((delivery) => (
                <div key={delivery.id} className={classes.row}>
                  <Link to={`/deliveries/${delivery.id}`}>
                    {delivery.subscriptionName ?? 'a deleted subscription'}
                  </Link>
                  <DeliveryBadge status={delivery.status} />
                </div>
              ))}
              <Link to={`/deliveries?eventId=${data.id}`}>As a list</Link>
            </Stack>
          )}
        </Paper>
      </div>
    </Screen>
  );
}

function SendToSubscription({ event }: { readonly event: EventDetails }) {
  const [isOpen, { open, close }] = useDisclosure();
  const [chosen, setChosen] = useState<string | null>(null);
  const queries = useQueryClient();
  const query = { eventType: event.type, limit: 200 };
  const subscriptions = useQuery({
    queryKey: keys.subscriptions(query),
    queryFn: ({ signal }) => answer(api.GET('/subscriptions', { params: { query }, signal })),
    enabled: isOpen,
  });
  const replay = useMutation({
    mutationFn: (subscriptionId: string) =>
      answer(
        api.POST('/events/{id}/replay', {
          params: { path: { id: event.id } },
          body: { subscriptionId },
        }),
      ),
    onSuccess: async () => {
      close();
      notifications.show({ message: 'The event is on its way.' });
      await queries.invalidateQueries({ queryKey: keys.event(event.id) });
    },
  });
  if (event.payloadRemovedAt !== null) return null;
  return (
    <>
      <Button variant="default" leftSection={<Send size={15} aria-hidden />} onClick={open}>
        Send to…
      </Button>
      <Modal opened={isOpen} onClose={close} title="Send this event to a subscription">
        <Stack gap="md">
          <Text size="sm">
            With the id and the time that it had, marked as a replay. The subscription need not have
            been there when it happened.
          </Text>
          {subscriptions.error && <ProblemAlert error={subscriptions.error} />}
          <Select
            label="Subscription"
            data={(subscriptions.data?.items ?? []).map(({ id, name }) => ({
              value: id,
              label: name,
            }))}
            value={chosen}
            onChange={setChosen}
            searchable
            nothingFoundMessage={`None takes ${event.type}`}
          />
          {replay.error && <ProblemAlert error={replay.error} title="Nothing was sent" />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <BusyButton
              disabled={chosen === null}
              busy={replay.isPending}
              onClick={() => {
                if (chosen !== null) replay.mutate(chosen);
              }}
            >
              Send
            </BusyButton>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
