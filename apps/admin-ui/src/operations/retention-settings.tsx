import { Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { answer, api } from '../api/client';
import { keys } from '../api/query-keys';
import type { Retention, TableSize } from '../api/types';
import { bytesText } from '../parts/bytes';
import { duration } from '../parts/durations';
import { Facts } from '../parts/facts';
import type { Column } from '../parts/keyset-table';
import { PlainTable } from '../parts/plain-table';
import { Time } from '../parts/time';
import { OperationSection } from './operation-section';
import { removedText } from './removed-text';

/** What the options say, what the last run did, and what there is now. */
export function RetentionSettings() {
  const query = useQuery({
    queryKey: keys.retention(),
    queryFn: ({ signal }) => answer(api.GET('/retention', { signal })),
  });
  return (
    <>
      <OperationSection title="Retention" query={query}>
        {query.data && <Kept retention={query.data} />}
      </OperationSection>
      {query.data && (
        <OperationSection title="Room taken" query={query}>
          <PlainTable
            label="Tables"
            items={query.data.tables}
            columns={COLUMNS}
            idOf={({ table }) => table}
          />
        </OperationSection>
      )}
    </>
  );
}

function Kept({ retention: { settings, lastRun } }: { readonly retention: Retention }) {
  const days = (count: number) => (count === 1 ? '1 day' : `${count.toLocaleString()} days`);
  return (
    <Stack gap="sm">
      <Facts
        facts={[
          { name: 'Events and deliveries', value: days(settings.keepDays) },
          { name: 'Payloads', value: days(settings.keepPayloadDays) },
          { name: 'Bodies of attempts', value: days(settings.keepBodiesDays) },
          { name: 'Audit log', value: days(settings.keepAuditDays) },
          { name: 'Idempotency keys', value: days(settings.keepIdempotencyKeysDays) },
          { name: 'Threads', value: days(settings.keepThreadsDays) },
        ]}
      />
      <Text size="sm">
        What is over is looked for every {duration(settings.intervalMs)}; set by{' '}
        <code>history</code> in the app’s options.{' '}
        {lastRun ? (
          <>
            The last run ended <Time at={lastRun.finishedAt} /> and removed{' '}
            {removedText(lastRun.removed)}.
          </>
        ) : (
          'It has not run yet.'
        )}
      </Text>
    </Stack>
  );
}

const COLUMNS: readonly Column<TableSize>[] = [
  { id: 'table', title: 'Table', cell: ({ table }) => <code>{table}</code> },
  { id: 'bytes', title: 'Size', isNumber: true, cell: ({ bytes }) => bytesText(bytes) },
  {
    id: 'rows',
    title: 'Rows, about',
    isNumber: true,
    cell: ({ rows }) => rows.toLocaleString(),
  },
  {
    id: 'partitions',
    title: 'Partitions',
    isNumber: true,
    cell: ({ partitions }) => (partitions === 0 ? '—' : partitions),
  },
];
