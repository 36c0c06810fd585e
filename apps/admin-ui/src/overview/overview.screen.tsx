import { Button, SegmentedControl, Title } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { CircleCheck, Plus, Rocket } from 'lucide-react';
import { Link } from 'react-router';
import { answer, api } from '../api/client';
import { mounted } from '../api/mounted';
import { keys } from '../api/query-keys';
import type { Overview } from '../api/types';
import { EmptyState } from '../parts/empty-state';
import { OutcomeChart } from '../parts/outcome-chart';
import { Pending } from '../parts/pending';
import { ProblemAlert } from '../parts/problem-alert';
import { Screen } from '../parts/screen';
import { useUrlFilters } from '../parts/use-url-filters';
import { FailingSubscriptions } from './failing-subscriptions';
import classes from './overview.module.css';
import { OverviewFigures } from './overview-figures';
import { RecentFailures } from './recent-failures';

const SPANS = [
  { value: '1', label: 'Hour' },
  { value: '24', label: 'Day' },
  { value: '168', label: 'Week' },
] as const;
const DEFAULT_SPAN = '24';

/** What fails comes first; each figure leads to the deliveries behind it. */
export function Component() {
  const [filters, change] = useUrlFilters(['hours']);
  const span = SPANS.find(({ value }) => value === filters.hours)?.value ?? DEFAULT_SPAN;
  const hours = Number(span);
  const { data, error, refetch } = useQuery({
    queryKey: keys.overview(hours),
    queryFn: ({ signal }) => answer(api.GET('/overview', { params: { query: { hours } }, signal })),
    placeholderData: keepPreviousData,
  });
  return (
    <Screen
      title="Overview"
      actions={
        <SegmentedControl
          size="xs"
          aria-label="Over the last"
          data={[...SPANS]}
          value={span}
          onChange={(value) => change({ hours: value === DEFAULT_SPAN ? '' : value })}
        />
      }
    >
      {error && <ProblemAlert error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Pending label="The overview loads" lines={5} height={72} />}
      {data && <Content overview={data} />}
    </Screen>
  );
}

function Content({ overview }: { readonly overview: Overview }) {
  const { failing, recentFailures, totals, queue } = overview;
  const isQuiet = totals.attempts === 0 && queue.due === 0 && queue.retrying === 0;
  return (
    <>
      {failing.length > 0 && <FailingSubscriptions subscriptions={failing} />}
      <OverviewFigures overview={overview} />
      {isQuiet ? <Quiet /> : <Outcomes overview={overview} />}
      <section aria-labelledby="recent">
        <Title order={2} id="recent" mb="xs">
          Recent failures
        </Title>
        {recentFailures.length > 0 ? (
          <RecentFailures deliveries={recentFailures} />
        ) : (
          <div className={classes.card}>
            <EmptyState icon={CircleCheck} title="No delivery has failed lately">
              What is given up shows here, with what the receiver said.
            </EmptyState>
          </div>
        )}
      </section>
    </>
  );
}

function Outcomes({ overview: { series, bucketSeconds } }: { readonly overview: Overview }) {
  return (
    <section aria-labelledby="outcomes" className={classes.chart}>
      <Title order={2} id="outcomes" mb={4}>
        Over time
      </Title>
      <OutcomeChart
        series={series}
        bucketSeconds={bucketSeconds}
        linkTo={(from, to) =>
          `/deliveries?from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}`
        }
      />
    </section>
  );
}

function Quiet() {
  return (
    <div className={classes.card}>
      <EmptyState
        icon={Rocket}
        title="Nothing has been sent in this time"
        action={
          mounted.canManage && (
            <Button
              component={Link}
              to="/subscriptions/new"
              leftSection={<Plus size={16} aria-hidden />}
            >
              New subscription
            </Button>
          )
        }
      >
        A subscription says which events go where. With the first event it hears of, this page moves
        by itself.
      </EmptyState>
    </div>
  );
}
