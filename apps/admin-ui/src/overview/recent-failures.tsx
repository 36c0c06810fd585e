import { Paper } from '@mantine/core';
import { Link } from 'react-router';
import type { Delivery } from '../api/types';
import { Time } from '../parts/time';
import classes from './recent-failures.module.css';

export function RecentFailures({ deliveries }: { readonly deliveries: readonly Delivery[] }) {
  return (
    <Paper>
      <ul className={classes.list}>
        {deliveries.map(({ id, eventType, subscriptionName, lastError, finishedAt, createdAt }) => (
          <li key={id}>
            <span className={classes.what}>
              <Link to={`/deliveries/${id}`}>{eventType}</Link>
              <span className={classes.soft}>
                to {subscriptionName ?? 'a deleted subscription'}
              </span>
            </span>
            <span className={classes.error} title={lastError ?? undefined}>
              {lastError ?? 'no answer'}
            </span>
            <span className={classes.soft}>
              <Time at={finishedAt ?? createdAt} />
            </span>
          </li>
        ))}
      </ul>
      <p className={classes.more}>
        <Link to="/deliveries?status=failed">All that failed</Link>
      </p>
    </Paper>
  );
}
