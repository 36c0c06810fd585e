import { Paper, Text, Title } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { CircleCheck, Loader, Server, TriangleAlert, Unplug } from 'lucide-react';
import { answer, api } from '../api/client';
import { keys } from '../api/query-keys';
import type { Worker, Workers, WorkerState } from '../api/types';
import { duration } from '../parts/durations';
import { EmptyState } from '../parts/empty-state';
import { Facts } from '../parts/facts';
import type { Column } from '../parts/keyset-table';
import { Pending } from '../parts/pending';
import { PlainTable } from '../parts/plain-table';
import { ProblemAlert } from '../parts/problem-alert';
import { Screen } from '../parts/screen';
import { Badge } from '../parts/status-badge';
import { Time } from '../parts/time';
import { OperationTabs } from './operation-tabs';

/** As often as a worker gives a sign of itself. */
const ASK_EVERY_MS = 10_000;
const DRIVERS: Readonly<Record<Workers['driver'], string>> = {
  postgres: 'Postgres',
  bull: 'Bull, on Redis',
};

/** What waits, and which processes deliver it. */
export function Component() {
  const { data, error, refetch } = useQuery({
    queryKey: keys.workers(),
    queryFn: ({ signal }) => answer(api.GET('/workers', { signal })),
    refetchInterval: ASK_EVERY_MS,
    placeholderData: keepPreviousData,
  });
  return (
    <Screen title="Operations" description="What goes on behind the deliveries.">
      <OperationTabs tab="workers" />
      {error && <ProblemAlert error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Pending label="The workers load" />}
      {data && (
        <>
          <Queue workers={data} />
          <section aria-labelledby="workers">
            <Title order={2} id="workers" mb="xs">
              Workers
            </Title>
            <Paper>
              {data.items.length === 0 ? (
                <NoWorkers />
              ) : (
                <PlainTable
                  label="Workers"
                  items={data.items}
                  columns={COLUMNS}
                  idOf={({ id }) => id}
                />
              )}
            </Paper>
          </section>
        </>
      )}
    </Screen>
  );
}

function Queue({ workers: { driver, queue } }: { readonly workers: Workers }) {
  return (
    <section aria-labelledby="queue">
      <Title order={2} id="queue" mb="xs">
        Queue
      </Title>
      <Paper p="md">
        <Facts
          facts={[
            { name: 'Kept by', value: DRIVERS[driver] },
            { name: 'Due now', value: queue.due.toLocaleString() },
            { name: 'Oldest is late by', value: queue.due === 0 ? '—' : duration(queue.lagMs) },
            { name: 'Being sent', value: queue.leased.toLocaleString() },
            { name: 'Waiting for a retry', value: queue.retrying.toLocaleString() },
          ]}
        />
      </Paper>
    </section>
  );
}

function NoWorkers() {
  return (
    <EmptyState icon={Server} title="Nobody delivers">
      No worker was seen within the last hour: events are accepted and wait. Start one, or let the
      platform deliver itself by <code>worker.enabled</code>.
    </EmptyState>
  );
}

const STATES = {
  working: { tone: 'busy', icon: Loader, label: 'Working' },
  idle: { tone: 'good', icon: CircleCheck, label: 'Idle' },
  stuck: { tone: 'bad', icon: TriangleAlert, label: 'Stuck' },
  gone: { tone: 'warn', icon: Unplug, label: 'Gone' },
} as const satisfies Record<WorkerState, Parameters<typeof Badge>[0]>;

const COLUMNS: readonly Column<Worker>[] = [
  {
    id: 'process',
    title: 'Process',
    cell: ({ host, pid, version }) => (
      <>
        {host}
        <Text size="xs" c="dimmed">
          process {pid}, version {version}
        </Text>
      </>
    ),
  },
  { id: 'state', title: 'State', cell: (worker) => <State worker={worker} /> },
  {
    id: 'busy',
    title: 'Under way',
    isNumber: true,
    cell: ({ busy, concurrency }) => `${busy} of ${concurrency}`,
  },
  { id: 'started', title: 'Started', cell: ({ startedAt }) => <Time at={startedAt} /> },
  { id: 'seen', title: 'Last seen', cell: ({ seenAt }) => <Time at={seenAt} /> },
];

function State({ worker: { state, problems, busy, stalledMs } }: { readonly worker: Worker }) {
  const notes =
    state === 'working' && stalledMs > 2 * ASK_EVERY_MS
      ? [`${busy} under way, none ended for ${duration(stalledMs)}`]
      : state === 'gone'
        ? ['it did not say that it ends']
        : problems;
  return (
    <>
      <Badge {...STATES[state]} />
      {notes.map((note) => (
        <Text key={note} size="xs" c="dimmed">
          {note}
        </Text>
      ))}
    </>
  );
}
