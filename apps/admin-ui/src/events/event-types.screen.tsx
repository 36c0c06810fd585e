import { Badge, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { BookOpen } from 'lucide-react';
import { Link } from 'react-router';
import { useEventTypes } from '../api/catalogue';
import type { EventType } from '../api/types';
import { EmptyState } from '../parts/empty-state';
import { Pending } from '../parts/pending';
import { ProblemAlert } from '../parts/problem-alert';
import { Screen } from '../parts/screen';
import { SearchField } from '../parts/search-field';
import { useUrlFilters } from '../parts/use-url-filters';
import { EventTabs } from './event-tabs';
import classes from './event-types.module.css';

const FILTERS = ['search'] as const;

/** Everything that subscriptions can be made for, by category. */
export function Component() {
  const [{ search }, change] = useUrlFilters(FILTERS);
  const eventTypes = useEventTypes();
  const items = eventTypes.data?.items ?? [];
  const found = items.filter((type) => textOf(type).includes(search.toLowerCase()));
  return (
    <Screen title="Events" description="What the platform can tell of.">
      <EventTabs tab="events/types" />
      <SearchField
        label="Search event types"
        value={search}
        onChange={(text) => change({ search: text })}
      />
      {eventTypes.error && (
        <ProblemAlert error={eventTypes.error} onRetry={() => void eventTypes.refetch()} />
      )}
      {eventTypes.isPending && <Pending label="The catalogue loads" />}
      {eventTypes.data && found.length === 0 && (
        <Paper>
          <EmptyState
            icon={BookOpen}
            title={items.length === 0 ? 'No event is exposed yet' : `Nothing is called “${search}”`}
          >
            {items.length === 0
              ? 'Decorate a method of a domain module with @IntegrationEvent: it appears here at the next start.'
              : 'Search by its name, its id or what it says.'}
          </EmptyState>
        </Paper>
      )}
      {byCategory(found).map(([category, types]) => (
        <Stack key={category} gap="xs" component="section" aria-label={category}>
          <Title order={2}>{category}</Title>
          <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="sm">
            {types.map((type) => (
              <Paper
                key={type.id}
                p="sm"
                component={Link}
                to={`/events/types/${type.id}`}
                className={classes.card}
              >
                <Text fw={600} size="sm">
                  {type.displayName}
                </Text>
                <Text size="xs" ff="monospace" c="dimmed">
                  {type.id}
                </Text>
                <Text size="sm" mt={4} lineClamp={2}>
                  {type.description}
                </Text>
                <div className={classes.foot}>
                  <Text size="xs" c="dimmed">
                    {type.listeners === 0
                      ? 'nobody listens'
                      : `${type.listeners} ${type.listeners === 1 ? 'subscription' : 'subscriptions'}`}
                  </Text>
                  {type.deprecated && (
                    <Badge size="xs" color="orange" variant="light">
                      deprecated
                    </Badge>
                  )}
                </div>
              </Paper>
            ))}
          </SimpleGrid>
        </Stack>
      ))}
    </Screen>
  );
}

function textOf({ id, displayName, description }: EventType): string {
  return `${id} ${displayName} ${description ?? ''}`.toLowerCase();
}

function byCategory(types: readonly EventType[]): [string, EventType[]][] {
  const groups = new Map<string, EventType[]>();
  for (const type of types) {
    const category = type.category ?? 'Other';
    groups.set(category, [...(groups.get(category) ?? []), type]);
  }
  return [...groups].toSorted(([a], [b]) => a.localeCompare(b));
}
