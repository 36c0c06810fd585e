import { Paper, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { answer, api } from '../api/client';
import { keys } from '../api/query-keys';
import { Pending } from '../parts/pending';
import { ProblemAlert } from '../parts/problem-alert';
import { DeliveryBadge } from '../parts/status-badge';
import classes from './sibling-deliveries.module.css';

const SHOWN = 20;

interface SiblingsProps {
  readonly eventId: string;
  /** The delivery whose page it is. */
  readonly except: string;
}

/** Where else the same event went. */
export function SiblingDeliveries({ eventId, except }: SiblingsProps) {
  const query = { eventId, limit: SHOWN };
  const { data, error, refetch } = useQuery({
    queryKey: keys.deliveries(query),
    queryFn: ({ signal }) => answer(api.GET('/deliveries', { params: { query }, signal })),
  });
  const others = data?.items.filter(({ id }) => id !== except);
  return (
    <section aria-labelledby="siblings">
      <Title order={2} id="siblings" mb="xs">
        Other deliveries of the event
      </Title>
      <Paper p={others && others.length > 0 ? 0 : 'md'}>
        {error && <ProblemAlert error={error} onRetry={() => void refetch()} />}
        {!data && !error && <Pending label="Other deliveries load" lines={2} />}
        {others?.length === 0 && (
          <Text size="sm" c="dimmed">
            No other subscription wanted this event.
          </Text>
        )}
        {others && others.length > 0 && (
          <ul className={classes.list}>
            {others.map(({ id, subscriptionName, status }) => (
              <li key={id}>
                <Link to={`/deliveries/${id}`}>{subscriptionName ?? 'a deleted subscription'}</Link>
                <DeliveryBadge status={status} />
              </li>
            ))}
          </ul>
        )}
        {data?.nextCursor && (
          <Text size="sm" p="xs">
            <Link to={`/deliveries?eventId=${eventId}`}>All of them</Link>
          </Text>
        )}
      </Paper>
    </section>
  );
}
