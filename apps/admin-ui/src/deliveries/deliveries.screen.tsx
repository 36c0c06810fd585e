import { useCallback } from 'react';
import { Link } from 'react-router';
import { answer, api } from '../api/client';
import { keys } from '../api/query-keys';
import type { Delivery } from '../api/types';
import { EmptyState } from '../parts/empty-state';
import { KeysetTable, type Column } from '../parts/keyset-table';
import { Screen } from '../parts/screen';
import { ShortId } from '../parts/short-id';
import { DeliveryBadge } from '../parts/status-badge';
import { Time } from '../parts/time';
import { useKeysetPage } from '../parts/use-keyset-page';

const COLUMNS: readonly Column<Delivery>[] = [
  {
    id: 'event',
    title: 'Event',
    cell: ({ id, eventType }) => <Link to={`/deliveries/${id}`}>{eventType}</Link>,
  },
  { id: 'status', title: 'Status', cell: ({ status }) => <DeliveryBadge status={status} /> },
  { id: 'id', title: 'Delivery', from: 'md', cell: ({ id }) => <ShortId id={id} /> },
  { id: 'at', title: 'Accepted', cell: ({ createdAt }) => <Time at={createdAt} /> },
];

export function Component() {
  const fetch = useCallback(
    (cursor: string | undefined, signal: AbortSignal) =>
      answer(api.GET('/deliveries', { params: { query: { cursor } }, signal })),
    [],
  );
  const page = useKeysetPage({ key: keys.deliveries({}), fetch });
  return (
    <Screen title="Deliveries">
      <KeysetTable
        label="Deliveries"
        page={page}
        columns={COLUMNS}
        idOf={({ id }) => id}
        nameOf={({ eventType }) => eventType}
        linkTo={({ id }) => `/deliveries/${id}`}
        empty={<EmptyState title="No deliveries yet">They come with the first event.</EmptyState>}
      />
    </Screen>
  );
}
