import { Group, Select } from '@mantine/core';
import { RotateCcw } from 'lucide-react';
import { Link } from 'react-router';
import { answer, api } from '../api/client';
import { keys } from '../api/query-keys';
import type { Replay, ReplayState } from '../api/types';
import { EmptyState } from '../parts/empty-state';
import { KeysetTable, type Column } from '../parts/keyset-table';
import { Screen } from '../parts/screen';
import { ReplayBadge } from '../parts/status-badge';
import { Time } from '../parts/time';
import { useKeysetPage } from '../parts/use-keyset-page';
import { useUrlFilters } from '../parts/use-url-filters';
import { OperationTabs } from './operation-tabs';
import { ReplayProgress } from './replay-progress';
import { selectionText } from './replay-selection';

const FILTERS = ['state'] as const;
const STATES: readonly { value: ReplayState; label: string }[] = [
  { value: 'running', label: 'Running' },
  { value: 'paused', label: 'Paused' },
  { value: 'completed', label: 'Completed' },
  { value: 'cancelled', label: 'Cancelled' },
];

/** Replays and recoveries of many deliveries, as they go on in the background. */
export function Component() {
  const [filters, change] = useUrlFilters(FILTERS);
  const state = STATES.find(({ value }) => value === filters.state)?.value;
  const page = useKeysetPage({
    key: keys.replays(filters),
    fetch: (cursor, signal) =>
      answer(
        api.GET('/replays', {
          params: {
            query: { ...(state && { state }), ...(cursor !== undefined && { cursor }) },
          },
          signal,
        }),
      ),
  });
  return (
    <Screen title="Operations" description="What goes on behind the deliveries.">
      <OperationTabs tab="replays" />
      <Group>
        <Select
          aria-label="State"
          placeholder="Any state"
          clearable
          data={STATES}
          value={state ?? null}
          onChange={(next) => change({ state: next ?? '' })}
        />
      </Group>
      <KeysetTable
        label="Replays"
        page={page}
        columns={COLUMNS}
        idOf={({ id }) => id}
        nameOf={(replay) => selectionText(replay, null)}
        linkTo={({ id }) => `/operations/replays/${id}`}
        empty={
          <EmptyState icon={RotateCcw} title="Nothing was replayed">
            Choose deliveries in the list of deliveries to send them again, or recover all that a
            subscription missed on its page.
          </EmptyState>
        }
      />
    </Screen>
  );
}

const COLUMNS: readonly Column<Replay>[] = [
  {
    id: 'what',
    title: 'What',
    cell: (replay) => (
      <Link to={`/operations/replays/${replay.id}`}>{selectionText(replay, null)}</Link>
    ),
  },
  { id: 'state', title: 'State', cell: ({ state }) => <ReplayBadge state={state} /> },
  {
    id: 'progress',
    title: 'Progress',
    from: 'sm',
    cell: (replay) => <ReplayProgress replay={replay} />,
  },
  {
    id: 'begun',
    title: 'Begun',
    from: 'md',
    cell: ({ createdAt }) => <Time at={createdAt} />,
  },
];
