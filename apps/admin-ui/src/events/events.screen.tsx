import { Button, Group, Select } from '@mantine/core';
import { Zap } from 'lucide-react';
import { Link } from 'react-router';
import { useEventTypes } from '../api/catalogue';
import { answer, api } from '../api/client';
import { keys } from '../api/query-keys';
import type { Event } from '../api/types';
import { EmptyState } from '../parts/empty-state';
import { KeysetTable, type Column } from '../parts/keyset-table';
import { NoMatch } from '../parts/no-match';
import { Screen } from '../parts/screen';
import { SearchField } from '../parts/search-field';
import { ShortId } from '../parts/short-id';
import { Time } from '../parts/time';
import { useKeysetPage } from '../parts/use-keyset-page';
import { setOnly, useUrlFilters } from '../parts/use-url-filters';
import { DeliveryCounts } from './delivery-counts';
import { EventTabs } from './event-tabs';

const FILTERS = ['search', 'type'] as const;

/** What has happened in the platform, newest first, and where it went. */
export function Component() {
  const [filters, change] = useUrlFilters(FILTERS);
  const eventTypes = useEventTypes();
  const page = useKeysetPage({
    key: keys.events(filters),
    fetch: (cursor, signal) =>
      answer(
        api.GET('/events', {
          params: { query: { ...setOnly(filters), ...(cursor !== undefined && { cursor }) } },
          signal,
        }),
      ),
  });
  const isFiltered = FILTERS.some((name) => filters[name] !== '');
  return (
    <Screen title="Events" description="What the platform has told, and to how many.">
      <EventTabs tab="events" />
      <Group gap="xs">
        <div style={{ flex: '1 1 220px' }}>
          <SearchField
            label="Search by event id"
            value={filters.search}
            onChange={(search) => change({ search })}
          />
        </div>
        <Select
          aria-label="Event type"
          placeholder="Any type"
          clearable
          searchable
          data={(eventTypes.data?.items ?? []).map(({ id }) => id)}
          value={filters.type || null}
          onChange={(type) => change({ type: type ?? '' })}
        />
      </Group>
      <KeysetTable
        label="Events"
        page={page}
        columns={COLUMNS}
        idOf={({ id }) => id}
        nameOf={({ type, id }) => `${type} ${id}`}
        linkTo={({ id }) => `/events/${id}`}
        empty={
          isFiltered ? (
            <NoMatch showAll="Show all events" onShowAll={() => change({ search: '', type: '' })} />
          ) : (
            <EmptyState
              icon={Zap}
              title="Nothing has happened yet"
              action={
                <Button component={Link} to="/events/types" variant="default">
                  What can happen
                </Button>
              }
            >
              As soon as the platform emits one of its events, it stands here.
            </EmptyState>
          )
        }
      />
    </Screen>
  );
}

const COLUMNS: readonly Column<Event>[] = [
  {
    id: 'type',
    title: 'Event',
    cell: ({ id, type }) => (
      <span className="whole">
        <Link to={`/events/${id}`}>{type}</Link>
      </span>
    ),
  },
  { id: 'id', title: 'Id', from: 'md', cell: ({ id }) => <ShortId id={id} /> },
  {
    id: 'deliveries',
    title: 'Deliveries',
    cell: ({ deliveryCounts }) => <DeliveryCounts counts={deliveryCounts} />,
  },
  {
    id: 'occurred',
    title: 'Happened',
    from: 'sm',
    cell: ({ occurredAt }) => <Time at={occurredAt} />,
  },
];
