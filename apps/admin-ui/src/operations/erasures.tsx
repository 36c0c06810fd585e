import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { CircleCheck, Loader } from 'lucide-react';
import { answer, api } from '../api/client';
import { keys } from '../api/query-keys';
import type { Erasure } from '../api/types';
import type { Column } from '../parts/keyset-table';
import { PlainTable } from '../parts/plain-table';
import { Badge } from '../parts/status-badge';
import { Time } from '../parts/time';
import { OperationSection } from './operation-section';

const SHOWN = 20;
const ASK_EVERY_MS = 2_000;

/** Tenants whose data was erased, and how far that is. */
export function Erasures() {
  const query = useQuery({
    queryKey: keys.erasures({ limit: SHOWN }),
    queryFn: ({ signal }) =>
      answer(api.GET('/erasures', { params: { query: { limit: SHOWN } }, signal })),
    refetchInterval: ({ state }) =>
      state.data?.items.some((erasure) => erasure.state === 'running') ? ASK_EVERY_MS : false,
  });
  return (
    <OperationSection title="Erasures" query={query}>
      {query.data &&
        (query.data.items.length === 0 ? (
          <Text size="sm">No tenant’s data was erased.</Text>
        ) : (
          <PlainTable
            label="Erasures"
            items={query.data.items}
            columns={COLUMNS}
            idOf={({ id }) => id}
          />
        ))}
    </OperationSection>
  );
}

const COLUMNS: readonly Column<Erasure>[] = [
  { id: 'tenant', title: 'Tenant', cell: ({ tenant }) => tenant },
  { id: 'state', title: 'State', cell: ({ state }) => <ErasureBadge state={state} /> },
  {
    id: 'removed',
    title: 'Erased so far',
    cell: ({ removed: { events, deliveries, attempts } }) =>
      `${events.toLocaleString()} events, ${deliveries.toLocaleString()} deliveries, ${attempts.toLocaleString()} attempts`,
  },
  { id: 'by', title: 'Asked for by', cell: ({ requestedBy }) => requestedBy ?? 'the app' },
  { id: 'at', title: 'When', cell: ({ createdAt }) => <Time at={createdAt} /> },
];

function ErasureBadge({ state }: Pick<Erasure, 'state'>) {
  return state === 'running' ? (
    <Badge tone="busy" icon={Loader} label="Running" />
  ) : (
    <Badge tone="good" icon={CircleCheck} label="Completed" />
  );
}
