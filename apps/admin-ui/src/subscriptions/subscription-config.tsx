import { Anchor, Badge, Group, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { RETRY_PRESETS } from '@nest-integrations/common';
import { useQuery } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { answer, api } from '../api/client';
import { keys } from '../api/query-keys';
import type { Provider, Subscription } from '../api/types';
import { CodeText } from '../parts/code-text';
import { JsonView } from '../parts/json-view';
import { ProviderIcon } from '../parts/provider-icon';
import { Time } from '../parts/time';
import { RetryTimeline } from '../subscription-form/retry-timeline';

interface SubscriptionConfigProps {
  readonly subscription: Subscription;
  /** `null`: not loaded, or no longer registered. */
  readonly provider: Provider | null;
}

/** What a subscription is set to, less its secrets. */
export function SubscriptionConfig({ subscription, provider }: SubscriptionConfigProps) {
  const { eventTypes, filter, config, configSecrets, retryPolicy, limits, ordering } = subscription;
  const { transform, threadKey, timeoutMs, createdAt, updatedAt, id, revision } = subscription;
  const delays =
    typeof retryPolicy === 'string' ? RETRY_PRESETS[retryPolicy] : retryPolicy.delaysSeconds;
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md" style={{ alignItems: 'start' }}>
      <Card title="Events">
        <Group gap={6}>
          {eventTypes.map((pattern) => (
            <Badge key={pattern} variant="default" tt="none" ff="monospace" fw={500}>
              {pattern}
            </Badge>
          ))}
        </Group>
        {filter !== null && (
          <Field label="Only those that fit">
            <JsonView value={filter} label="filter" />
          </Field>
        )}
        {transform !== null && (
          <Field label="Made into another payload by">
            <CodeText text={transform} label="transformation" />
          </Field>
        )}
      </Card>
      <Card title="Destination">
        <Group gap={6}>
          <ProviderIcon icon={provider?.icon ?? null} size={18} />
          <Text size="sm" fw={600}>
            {provider?.displayName ?? subscription.provider}
          </Text>
        </Group>
        {subscription.connectionId !== null && (
          <Field label="Connection">
            <ConnectionLink id={subscription.connectionId} />
          </Field>
        )}
        <Field label="Config">
          <JsonView value={config} label="config" />
        </Field>
        {configSecrets.length > 0 && (
          <Group gap={6}>
            <KeyRound size={14} aria-hidden />
            <Text size="sm">Secrets that are set: {configSecrets.join(', ')}</Text>
          </Group>
        )}
        {threadKey !== null && (
          <Field label="Thread key">
            <Text size="sm" ff="monospace">
              {threadKey}
            </Text>
          </Field>
        )}
      </Card>
      <Card title="Retries">
        <Text size="sm">
          {typeof retryPolicy === 'string' ? `Preset “${retryPolicy}”` : 'A list of its own'}
        </Text>
        <RetryTimeline delaysSeconds={delays} />
      </Card>
      <Card title="Limits and order">
        <Text size="sm">{limitsText(limits)}</Text>
        <Text size="sm">{orderText(ordering, threadKey)}</Text>
        {timeoutMs !== null && (
          <Text size="sm">An attempt may take {timeoutMs / 1_000} seconds.</Text>
        )}
        <Text size="xs" c="dimmed">
          Made <Time at={createdAt} />, changed <Time at={updatedAt} />, revision {revision}.{' '}
          <Anchor
            component={Link}
            size="xs"
            underline="always"
            to={`/operations/audit-log?subjectId=${id}`}
          >
            Who changed what
          </Anchor>
        </Text>
      </Card>
    </SimpleGrid>
  );
}

function ConnectionLink({ id }: { readonly id: string }) {
  const connection = useQuery({
    queryKey: keys.connection(id),
    queryFn: ({ signal }) =>
      answer(api.GET('/connections/{id}', { params: { path: { id } }, signal })),
  });
  return (
    <Anchor component={Link} size="sm" to={`/connections/${id}`}>
      {connection.data?.name ?? id}
    </Anchor>
  );
}

function limitsText(limits: Subscription['limits']): string {
  const parts = [
    limits?.maxConcurrency === undefined ? '' : `at most ${limits.maxConcurrency} at once`,
    limits?.rate === undefined ? '' : `at most ${limits.rate.limit} a ${limits.rate.per}`,
  ].filter((part) => part !== '');
  return parts.length === 0
    ? 'As many and as fast as there is room.'
    : `Sends ${parts.join(', ')}.`;
}

function orderText(ordering: Subscription['ordering'], threadKey: string | null): string {
  if (threadKey !== null) return 'Deliveries of one thread go out one after the other.';
  if (ordering === null) return 'Deliveries go out side by side, in no order.';
  return ordering.key === undefined
    ? 'One at a time, in the order in which events were accepted.'
    : `In order within each value of ${ordering.key}.`;
}

function Card({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Paper p="md" component="section">
      <Stack gap="sm">
        <Title order={2}>{title}</Title>
        {children}
      </Stack>
    </Paper>
  );
}

function Field({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div>
      <Text size="xs" c="dimmed" mb={2}>
        {label}
      </Text>
      {children}
    </div>
  );
}
