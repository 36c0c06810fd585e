import { Button } from '@mantine/core';
import { RotateCcw, Send } from 'lucide-react';
import { useMemo } from 'react';
import { Link } from 'react-router';
import { answer, api } from '../api/client';
import { mounted } from '../api/mounted';
import { keys } from '../api/query-keys';
import { BusyButton } from '../parts/busy-button';
import { EmptyState } from '../parts/empty-state';
import { KeysetTable } from '../parts/keyset-table';
import { Screen } from '../parts/screen';
import { useKeysetPage } from '../parts/use-keyset-page';
import { useNow } from '../parts/use-now';
import { useSelection } from '../parts/use-selection';
import { useUrlFilters } from '../parts/use-url-filters';
import { DELIVERY_COLUMNS } from './delivery-columns';
import { DeliveryFilterBar } from './delivery-filter-bar';
import { FILTERS, isFiltered, queryOf } from './delivery-filters';
import { ReplayMatching } from './replay-matching';
import { useReplaySelected } from './use-replay-selected';

/** What has gone out, what is on its way, and what did not arrive. */
export function Component() {
  const [filters, change] = useUrlFilters(FILTERS);
  const minute = Math.floor(useNow('calm') / 60_000);
  const query = useMemo(() => queryOf(filters, minute * 60_000), [filters, minute]);
  const selection = useSelection();
  const replay = useReplaySelected(selection.clear);
  const page = useKeysetPage({
    key: keys.deliveries(query),
    fetch: (cursor, signal) =>
      answer(api.GET('/deliveries', { params: { query: { ...query, cursor } }, signal })),
  });
  return (
    <Screen
      title="Deliveries"
      description="Every event for every subscription that wanted it, newest first."
      actions={mounted.canManage && <ReplayMatching query={query} />}
    >
      <DeliveryFilterBar filters={filters} onChange={change} />
      <KeysetTable
        label="Deliveries"
        page={page}
        columns={DELIVERY_COLUMNS}
        idOf={({ id }) => id}
        nameOf={({ eventType, subscriptionName }) =>
          `${eventType} to ${subscriptionName ?? 'a deleted subscription'}`
        }
        linkTo={({ id }) => `/deliveries/${id}`}
        empty={<Empty isFiltered={isFiltered(filters)} />}
        selection={mounted.canManage ? selection : undefined}
        bulk={(ids) => (
          <BusyButton
            size="xs"
            leftSection={<RotateCcw size={14} aria-hidden />}
            onClick={() => replay.ask(ids)}
            busy={replay.isPending}
          >
            Replay {ids.length}
          </BusyButton>
        )}
      />
    </Screen>
  );
}

function Empty({ isFiltered: hasFilters }: { readonly isFiltered: boolean }) {
  if (hasFilters) {
    return (
      <EmptyState icon={Send} title="No delivery fits">
        Take a filter away, or look at a longer time. Ids are found from their beginning.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={Send}
      title="Nothing has been delivered yet"
      action={
        <Button component={Link} to="/subscriptions" variant="default">
          To the subscriptions
        </Button>
      }
    >
      A delivery comes of an event and a subscription to it. With a subscription there, the next
      event shows up here by itself.
    </EmptyState>
  );
}
