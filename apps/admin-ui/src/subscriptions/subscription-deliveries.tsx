import { Select } from '@mantine/core';
import { Send } from 'lucide-react';
import { answer, api } from '../api/client';
import { keys } from '../api/query-keys';
import type { DeliveryStatus } from '../api/types';
import { DELIVERY_COLUMNS } from '../deliveries/delivery-columns';
import { EmptyState } from '../parts/empty-state';
import { KeysetTable } from '../parts/keyset-table';
import { useKeysetPage } from '../parts/use-keyset-page';
import { useUrlFilters } from '../parts/use-url-filters';

const FILTERS = ['status'] as const;
const STATUSES: readonly { value: DeliveryStatus; label: string }[] = [
  { value: 'pending', label: 'Pending' },
  { value: 'attempting', label: 'Attempting' },
  { value: 'retrying', label: 'Retrying' },
  { value: 'delivered', label: 'Delivered' },
  { value: 'failed', label: 'Failed' },
  { value: 'cancelled', label: 'Cancelled' },
];
const COLUMNS = DELIVERY_COLUMNS.filter(({ id }) => id !== 'subscription');

/** What it sent, and only that. */
export function SubscriptionDeliveries({ subscriptionId }: { readonly subscriptionId: string }) {
  const [filters, change] = useUrlFilters(FILTERS);
  const status = STATUSES.find(({ value }) => value === filters.status)?.value;
  const query = { subscriptionId, ...(status && { status: [status] }) };
  const page = useKeysetPage({
    key: keys.deliveries(query),
    fetch: (cursor, signal) =>
      answer(
        api.GET('/deliveries', {
          params: { query: { ...query, ...(cursor !== undefined && { cursor }) } },
          signal,
        }),
      ),
  });
  return (
    <>
      <Select
        aria-label="Status"
        placeholder="Any status"
        clearable
        data={STATUSES}
        value={status ?? null}
        onChange={(next) => change({ status: next ?? '' })}
        w={200}
        mb="sm"
      />
      <KeysetTable
        label="Deliveries"
        page={page}
        columns={COLUMNS}
        idOf={({ id }) => id}
        nameOf={({ eventType, id }) => `${eventType} ${id}`}
        linkTo={({ id }) => `/deliveries/${id}`}
        empty={
          <EmptyState icon={Send} title="Nothing was sent">
            As soon as one of its events happens, its delivery stands here. “Send test” tries it
            now.
          </EmptyState>
        }
      />
    </>
  );
}
