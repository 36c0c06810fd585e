import { Button, Group, Select } from '@mantine/core';
import { Plug, Plus } from 'lucide-react';
import { Link } from 'react-router';
import { useProviders } from '../api/catalogue';
import { answer, api } from '../api/client';
import { mounted } from '../api/mounted';
import { keys } from '../api/query-keys';
import type { Connection, Provider } from '../api/types';
import { EmptyState } from '../parts/empty-state';
import { KeysetTable, type Column } from '../parts/keyset-table';
import { NoMatch } from '../parts/no-match';
import { ProviderIcon } from '../parts/provider-icon';
import { Screen } from '../parts/screen';
import { SearchField } from '../parts/search-field';
import { Time } from '../parts/time';
import { useKeysetPage } from '../parts/use-keyset-page';
import { setOnly, useUrlFilters } from '../parts/use-url-filters';

const FILTERS = ['search', 'provider'] as const;

/** Accounts of external systems, each used by any number of subscriptions. */
export function Component() {
  const [filters, change] = useUrlFilters(FILTERS);
  const providers = useProviders();
  const page = useKeysetPage({
    key: keys.connections(filters),
    fetch: (cursor, signal) =>
      answer(
        api.GET('/connections', {
          params: { query: { ...setOnly(filters), ...(cursor !== undefined && { cursor }) } },
          signal,
        }),
      ),
  });
  const connectable = (providers.data?.items ?? []).filter(({ connection }) => connection !== null);
  const isFiltered = FILTERS.some((name) => filters[name] !== '');
  return (
    <Screen
      title="Connections"
      description="Credentials for an external system, stored once and shared by subscriptions."
      actions={mounted.canManage ? <NewConnection /> : undefined}
    >
      <Group gap="xs">
        <div style={{ flex: '1 1 200px' }}>
          <SearchField
            label="Search by name"
            value={filters.search}
            onChange={(search) => change({ search })}
          />
        </div>
        <Select
          aria-label="Provider"
          placeholder="Any provider"
          clearable
          data={connectable.map(({ id, displayName }) => ({ value: id, label: displayName }))}
          value={filters.provider || null}
          onChange={(provider) => change({ provider: provider ?? '' })}
        />
      </Group>
      <KeysetTable
        label="Connections"
        page={page}
        columns={columnsWith(connectable)}
        idOf={({ id }) => id}
        nameOf={({ name }) => name}
        linkTo={({ id }) => `/connections/${id}`}
        empty={
          isFiltered ? (
            <NoMatch
              showAll="Show all connections"
              onShowAll={() => change({ search: '', provider: '' })}
            />
          ) : (
            <EmptyState
              icon={Plug}
              title="No connections yet"
              action={mounted.canManage ? <NewConnection /> : undefined}
            >
              Systems like Slack or Jira want to know who is calling: a connection holds that,
              encrypted. Plain webhooks need none.
            </EmptyState>
          )
        }
      />
    </Screen>
  );
}

function NewConnection() {
  return (
    <Button component={Link} to="/connections/new" leftSection={<Plus size={15} aria-hidden />}>
      New connection
    </Button>
  );
}

function columnsWith(providers: readonly Provider[]): readonly Column<Connection>[] {
  return [
    {
      id: 'name',
      title: 'Name',
      cell: ({ id, name }) => <Link to={`/connections/${id}`}>{name}</Link>,
    },
    {
      id: 'provider',
      title: 'Provider',
      cell: ({ provider }) => {
        const known = providers.find(({ id }) => id === provider);
        return (
          <Group gap={6} wrap="nowrap">
            <ProviderIcon icon={known?.icon ?? null} />
            {known?.displayName ?? provider}
          </Group>
        );
      },
    },
    {
      id: 'usedBy',
      title: 'Used by',
      isNumber: true,
      cell: ({ usedBy }) => (usedBy === 0 ? 'none' : usedBy),
    },
    {
      id: 'updated',
      title: 'Changed',
      from: 'sm',
      cell: ({ updatedAt }) => <Time at={updatedAt} />,
    },
  ];
}
