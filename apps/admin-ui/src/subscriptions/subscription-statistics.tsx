import { Paper, SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, api } from '../api/client';
import { keys } from '../api/query-keys';
import { duration } from '../parts/durations';
import { Facts } from '../parts/facts';
import { Pending } from '../parts/pending';
import { ProblemAlert } from '../parts/problem-alert';
import { OutcomeChart } from '../parts/outcome-chart';
import classes from './subscription-statistics.module.css';

const SPANS = [
  { value: '24', label: '24 hours' },
  { value: '168', label: '7 days' },
];

/** How its deliveries went. */
export function SubscriptionStatistics({ id }: { readonly id: string }) {
  const [span, setSpan] = useState('24');
  const hours = Number(span);
  const statistics = useQuery({
    queryKey: keys.subscriptionStatistics(id, hours),
    queryFn: ({ signal }) =>
      answer(
        api.GET('/subscriptions/{id}/statistics', {
          params: { path: { id }, query: { hours } },
          signal,
        }),
      ),
  });
  const { data } = statistics;
  return (
    <Paper p="md" mb="md" component="section" aria-label="Statistics">
      {statistics.error ? (
        <ProblemAlert error={statistics.error} onRetry={() => void statistics.refetch()} />
      ) : !data ? (
        <Pending label="The statistics load" lines={3} />
      ) : (
        <>
          <div className={classes.head}>
            <Facts
              facts={[
                { name: 'Delivered', value: data.totals.delivered.toLocaleString() },
                { name: 'Failed', value: data.totals.failed.toLocaleString() },
                { name: 'Success rate', value: rateText(data.totals.successRate) },
                { name: 'Latency, median', value: latencyText(data.latency.p50Ms) },
                { name: 'Latency, 95 %', value: latencyText(data.latency.p95Ms) },
              ]}
            />
            <SegmentedControl
              size="xs"
              aria-label="Time span"
              data={SPANS}
              value={span}
              onChange={setSpan}
            />
          </div>
          <OutcomeChart series={data.series} bucketSeconds={data.bucketSeconds} height={140} />
        </>
      )}
    </Paper>
  );
}

function rateText(rate: number | null): string {
  return rate === null ? '—' : `${(Math.floor(rate * 1_000) / 10).toLocaleString()} %`;
}

function latencyText(ms: number | null): string {
  return ms === null ? '—' : duration(ms);
}
