import { Anchor, Paper, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ExternalLink } from 'lucide-react';
import { Link, useParams, useSearchParams } from 'react-router';
import { answer, api } from '../api/client';
import { mounted } from '../api/mounted';
import { keys } from '../api/query-keys';
import type { Attempt, DeliveryDetails } from '../api/types';
import { Copy } from '../parts/copy';
import { EmptyState } from '../parts/empty-state';
import { Facts } from '../parts/facts';
import { JsonView } from '../parts/json-view';
import { Pending } from '../parts/pending';
import { ProblemAlert } from '../parts/problem-alert';
import { Screen } from '../parts/screen';
import { ShortId } from '../parts/short-id';
import { DeliveryBadge } from '../parts/status-badge';
import { Time } from '../parts/time';
import { AttemptView } from './attempt-view';
import classes from './delivery.module.css';
import { DeliveryActions } from './delivery-actions';
import { DeliveryTimeline } from './delivery-timeline';
import { SiblingDeliveries } from './sibling-deliveries';

const PARENT = { label: 'Deliveries', to: '/deliveries' };

/** One delivery: where it stands, all its attempts, and what can be done about it. */
export function Component() {
  const { id = '' } = useParams();
  const { data, error, refetch } = useQuery({
    queryKey: keys.delivery(id),
    queryFn: ({ signal }) =>
      answer(api.GET('/deliveries/{id}', { params: { path: { id } }, signal })),
  });
  if (data) return <Delivery delivery={data} />;
  return (
    <Screen title="Delivery" parent={PARENT}>
      {error ? (
        <ProblemAlert error={error} onRetry={() => void refetch()} />
      ) : (
        <Pending label="The delivery loads" />
      )}
    </Screen>
  );
}

function Delivery({ delivery }: { readonly delivery: DeliveryDetails }) {
  const { event, log, status } = delivery;
  const [chosen, choose] = useChosenAttempt(log);
  return (
    <Screen
      title={delivery.eventType}
      parent={PARENT}
      badge={<DeliveryBadge status={status} />}
      actions={mounted.canManage && <DeliveryActions delivery={delivery} />}
    >
      <DeliveryFacts delivery={delivery} />
      <div className={classes.columns}>
        <section aria-labelledby="attempts">
          <Title order={2} id="attempts" mb="xs">
            Attempts
          </Title>
          <DeliveryTimeline delivery={delivery} chosen={chosen?.attempt ?? null} choose={choose} />
        </section>
        <section className={classes.attempt} aria-label="The chosen attempt">
          {chosen ? (
            <AttemptView
              key={chosen.attempt}
              attempt={chosen}
              others={log.filter(({ attempt }) => attempt !== chosen.attempt)}
            />
          ) : (
            <Paper>
              <EmptyState title="Not attempted yet">
                The first attempt shows here as soon as it is over.
              </EmptyState>
            </Paper>
          )}
        </section>
      </div>
      <div className={classes.halves}>
        <section aria-labelledby="payload">
          <Title order={2} id="payload" mb="xs">
            Payload of the event
          </Title>
          {event.payloadRemovedAt === null ? (
            <JsonView value={event.payload} label="payload" />
          ) : (
            <Paper p="md">
              It was removed <Time at={event.payloadRemovedAt} />, by retention or an erasure.
            </Paper>
          )}
        </section>
        <SiblingDeliveries eventId={delivery.eventId} except={delivery.id} />
      </div>
    </Screen>
  );
}

/** In the address, so that a colleague sees the same one; left out: the last. */
function useChosenAttempt(
  log: readonly Attempt[],
): readonly [Attempt | undefined, (attempt: number) => void] {
  const [parameters, setParameters] = useSearchParams();
  const wanted = Number(parameters.get('attempt'));
  const chosen = log.find(({ attempt }) => attempt === wanted) ?? log.at(-1);
  const choose = (attempt: number) =>
    setParameters({ attempt: String(attempt) }, { replace: true, preventScrollReset: true });
  return [chosen, choose];
}

function DeliveryFacts({ delivery }: { readonly delivery: DeliveryDetails }) {
  const {
    id,
    eventId,
    subscriptionId,
    subscriptionName,
    provider,
    externalId,
    externalUrl,
    tenant,
  } = delivery;
  return (
    <Facts
      facts={[
        {
          name: 'Subscription',
          value:
            subscriptionName === null ? (
              'deleted'
            ) : (
              <Link to={`/subscriptions/${subscriptionId}`}>{subscriptionName}</Link>
            ),
        },
        ...(provider === null ? [] : [{ name: 'Provider', value: provider }]),
        { name: 'Accepted', value: <Time at={delivery.createdAt} as="clock" /> },
        ...(delivery.finishedAt === null
          ? []
          : [{ name: 'Ended', value: <Time at={delivery.finishedAt} as="clock" /> }]),
        {
          name: 'Event',
          value: (
            <>
              <Link to={`/events/${eventId}`}>
                <ShortId id={eventId} />
              </Link>
              <Copy text={eventId} what="event id" />
            </>
          ),
        },
        {
          name: 'Delivery',
          value: (
            <>
              <ShortId id={id} />
              <Copy text={id} what="delivery id" />
            </>
          ),
        },
        ...(externalId === null
          ? []
          : [
              {
                name: 'At the receiver',
                value: <External id={externalId} url={externalUrl} />,
              },
            ]),
        ...(tenant === null ? [] : [{ name: 'Tenant', value: tenant }]),
      ]}
    />
  );
}

function External({ id, url }: { readonly id: string; readonly url: string | null }) {
  // What the receiver says of itself is no reason to run a script.
  if (url === null || !/^https?:/i.test(url)) return <span className="mono">{id}</span>;
  return (
    <Anchor href={url} target="_blank" rel="noreferrer" size="sm" className={classes.external}>
      {id} <ExternalLink size={13} aria-label="(opens elsewhere)" />
    </Anchor>
  );
}
