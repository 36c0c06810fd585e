import { Button, Group, Select, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Plus, Webhook } from 'lucide-react';
import { useCallback } from 'react';
import { Link } from 'react-router';
import { useEventTypes, useProviders } from '../api/catalogue';
import { answer, api } from '../api/client';
import { mounted } from '../api/mounted';
import { keys } from '../api/query-keys';
import type { Subscription } from '../api/types';
import { EmptyState } from '../parts/empty-state';
import { KeysetTable, type Column } from '../parts/keyset-table';
import { NoMatch } from '../parts/no-match';
import { ProviderIcon } from '../parts/provider-icon';
import { Screen } from '../parts/screen';
import { SearchField } from '../parts/search-field';
import { SubscriptionBadge, SUBSCRIPTION_STATES } from '../parts/status-badge';
import { Time } from '../parts/time';
import { useKeysetPage } from '../parts/use-keyset-page';
import { useSelection } from '../parts/use-selection';
import { setOnly, useUrlFilters } from '../parts/use-url-filters';
import { ActivitySpark } from './activity-spark';
import { ConnectionFilter } from './connection-filter';
import { SubscriptionBulk } from './subscription-bulk';
import classes from './subscriptions.module.css';
import { useSeen } from './use-seen';

const FILTERS = [
  'search',
  'eventType',
  'provider',
  'state',
  'connectionId',
  'sort',
  'order',
] as const;
const STATE_LABELS = {
  healthy: 'Healthy',
  failing: 'Failing',
  'circuit-open': 'Circuit open',
  disabled: 'Disabled',
} as const;
const HOURS = 24;

/** All subscriptions, what state they are in, and how the last day went. */
export function Component() {
  const [filters, change] = useUrlFilters(FILTERS);
  const selection = useSelection();
  const page = useKeysetPage({
    key: keys.subscriptions(filters),
    fetch: (cursor, signal) =>
      answer(
        api.GET('/subscriptions', {
          params: { query: { ...queryOf(filters), ...(cursor !== undefined && { cursor }) } },
          signal,
        }),
      ),
  });
  const seen = useSeen(page.items);
  const ids = (page.items ?? []).map(({ id }) => id);
  const activity = useQuery({
    queryKey: keys.subscriptionActivity(ids, HOURS),
    queryFn: ({ signal }) =>
      answer(
        api.GET('/subscriptions/activity', {
          params: { query: { ids, hours: HOURS } },
          signal,
        }),
      ),
    enabled: ids.length > 0,
  });
  const activityOf = useCallback(
    (id: string) =>
      activity.data?.items.find(({ subscriptionId }) => subscriptionId === id) ?? null,
    [activity.data],
  );
  const isFiltered = FILTERS.some(
    (name) => name !== 'sort' && name !== 'order' && filters[name] !== '',
  );
  return (
    <Screen
      title="Subscriptions"
      description="Each connects events to one place that they are sent to."
      actions={mounted.canManage ? <NewSubscription /> : undefined}
    >
      <Group gap="xs" className={classes.filters}>
        <SearchField
          label="Search by name"
          value={filters.search}
          onChange={(search) => change({ search })}
        />
        <Filters filters={filters} onChange={change} />
      </Group>
      <KeysetTable
        label="Subscriptions"
        page={page}
        columns={columnsWith(activityOf)}
        idOf={({ id }) => id}
        nameOf={({ name }) => name}
        linkTo={({ id }) => `/subscriptions/${id}`}
        sorting={{
          by: filters.sort || 'createdAt',
          order: filters.order === 'asc' ? 'asc' : 'desc',
          onChange: (sort, order) => change({ sort, order }),
        }}
        selection={mounted.canManage ? selection : undefined}
        bulk={(chosen) => <SubscriptionBulk ids={chosen} seen={seen} onDone={selection.clear} />}
        empty={
          isFiltered ? (
            <NoMatch
              showAll="Show all subscriptions"
              onShowAll={() =>
                change({ search: '', eventType: '', provider: '', state: '', connectionId: '' })
              }
            />
          ) : (
            <EmptyState
              icon={Webhook}
              title="No subscriptions yet"
              action={mounted.canManage ? <NewSubscription /> : undefined}
            >
              A subscription says which of the platform’s events are sent where: to a webhook, a
              Slack channel, a Jira project.
            </EmptyState>
          )
        }
      />
    </Screen>
  );
}

function NewSubscription() {
  return (
    <Button component={Link} to="/subscriptions/new" leftSection={<Plus size={15} aria-hidden />}>
      New subscription
    </Button>
  );
}

type Filters = Readonly<Record<(typeof FILTERS)[number], string>>;

function queryOf({ state, sort, order, ...plain }: Filters) {
  return {
    ...setOnly(plain),
    ...(isState(state) && { state }),
    ...(isSort(sort) && { sort }),
    ...((order === 'asc' || order === 'desc') && { order }),
  };
}

function isState(text: string): text is (typeof SUBSCRIPTION_STATES)[number] {
  return SUBSCRIPTION_STATES.some((state) => state === text);
}

function isSort(text: string): text is 'name' | 'createdAt' | 'updatedAt' {
  return ['name', 'createdAt', 'updatedAt'].includes(text);
}

interface FiltersProps {
  readonly filters: Filters;
  readonly onChange: (changes: Partial<Filters>) => void;
}

function Filters({ filters, onChange }: FiltersProps) {
  const providers = useProviders();
  const eventTypes = useEventTypes();
  return (
    <>
      <Select
        aria-label="State"
        placeholder="Any state"
        clearable
        data={SUBSCRIPTION_STATES.map((value) => ({ value, label: STATE_LABELS[value] }))}
        value={filters.state || null}
        onChange={(state) => onChange({ state: state ?? '' })}
      />
      <Select
        aria-label="Provider"
        placeholder="Any provider"
        clearable
        searchable
        data={(providers.data?.items ?? []).map(({ id, displayName }) => ({
          value: id,
          label: displayName,
        }))}
        value={filters.provider || null}
        onChange={(provider) => onChange({ provider: provider ?? '' })}
      />
      <Select
        aria-label="Event"
        placeholder="Any event"
        clearable
        searchable
        data={(eventTypes.data?.items ?? []).map(({ id }) => id)}
        value={filters.eventType || null}
        onChange={(eventType) => onChange({ eventType: eventType ?? '' })}
      />
      <ConnectionFilter
        provider={filters.provider}
        connectionId={filters.connectionId}
        onChange={(connectionId) => onChange({ connectionId })}
      />
    </>
  );
}

function columnsWith(
  activityOf: (id: string) => Parameters<typeof ActivitySpark>[0]['activity'],
): readonly Column<Subscription>[] {
  return [
    {
      id: 'name',
      title: 'Name',
      sort: 'name',
      cell: ({ id, name, eventTypes }) => (
        <div className={classes.name}>
          <Link to={`/subscriptions/${id}`}>{name}</Link>
          <Text size="xs" c="dimmed" truncate>
            {eventTypes.join(', ')}
          </Text>
        </div>
      ),
    },
    {
      id: 'provider',
      title: 'Provider',
      from: 'sm',
      cell: ({ provider }) => (
        <Group gap={6} wrap="nowrap">
          <ProviderIcon icon={provider} />
          {provider}
        </Group>
      ),
    },
    {
      id: 'state',
      title: 'State',
      cell: ({ state, failingSince, disabledReason }) => (
        <div>
          <SubscriptionBadge state={state} />
          {(state === 'failing' || state === 'circuit-open') && failingSince !== null && (
            <Text size="xs" c="dimmed">
              since <Time at={failingSince} />
            </Text>
          )}
          {state === 'disabled' && disabledReason !== null && (
            <Text size="xs" c="dimmed" lineClamp={1} title={disabledReason}>
              {disabledReason}
            </Text>
          )}
        </div>
      ),
    },
    {
      id: 'activity',
      title: 'Last 24 h',
      from: 'md',
      width: '150px',
      cell: ({ id }) => <ActivitySpark activity={activityOf(id)} />,
    },
    {
      id: 'created',
      title: 'Created',
      from: 'lg',
      sort: 'createdAt',
      cell: ({ createdAt }) => <Time at={createdAt} />,
    },
  ];
}
