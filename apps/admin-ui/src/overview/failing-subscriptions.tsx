import { Title } from '@mantine/core';
import { Link } from 'react-router';
import type { Overview } from '../api/types';
import { SubscriptionBadge } from '../parts/status-badge';
import { Time } from '../parts/time';
import classes from './overview.module.css';

interface FailingProps {
  readonly subscriptions: Overview['failing'];
}

/** Worst first, as the API has them. */
export function FailingSubscriptions({ subscriptions }: FailingProps) {
  return (
    <section aria-labelledby="failing">
      <Title order={2} id="failing" mb="xs">
        {subscriptions.length === 1
          ? 'One subscription needs a look'
          : `${subscriptions.length} subscriptions need a look`}
      </Title>
      <ul className={classes.failing}>
        {subscriptions.map(({ id, name, failingSince, failures, lastFailure }) => (
          <li key={id}>
            <span>
              <Link to={`/subscriptions/${id}`}>{name}</Link>
            </span>
            <SubscriptionBadge state="failing" />
            <span className={classes.why} title={lastFailure ?? undefined}>
              since <Time at={failingSince} />, {failures}{' '}
              {failures === 1 ? 'failed attempt' : 'failed attempts'}
              {lastFailure !== null && `: ${lastFailure}`}
            </span>
            <Link to={`/deliveries?subscriptionId=${id}&status=failed,retrying`}>
              What did not arrive
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
