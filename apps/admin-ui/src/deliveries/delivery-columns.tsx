import { Link } from 'react-router';
import type { Delivery } from '../api/types';
import type { Column } from '../parts/keyset-table';
import { ShortId } from '../parts/short-id';
import { DeliveryBadge } from '../parts/status-badge';
import { Time } from '../parts/time';
import classes from './delivery-columns.module.css';

export const DELIVERY_COLUMNS: readonly Column<Delivery>[] = [
  {
    id: 'event',
    title: 'Event',
    cell: ({ id, eventType, subscriptionName, isReplay }) => (
      <div className={classes.first}>
        <span className="whole">
          <Link to={`/deliveries/${id}`}>{eventType}</Link>
        </span>
        {isReplay && <span className={classes.replay}>replay</span>}
        <span className={classes.under}>{subscriptionName ?? 'deleted subscription'}</span>
      </div>
    ),
  },
  { id: 'status', title: 'Status', cell: ({ status }) => <DeliveryBadge status={status} /> },
  {
    id: 'subscription',
    title: 'Subscription',
    from: 'sm',
    cell: ({ subscriptionId, subscriptionName }) =>
      subscriptionName === null ? (
        <span className={classes.soft}>deleted</span>
      ) : (
        <Link to={`/subscriptions/${subscriptionId}`} className={classes.plain}>
          {subscriptionName}
        </Link>
      ),
  },
  {
    id: 'answer',
    title: 'Last answer',
    from: 'md',
    width: '32%',
    cell: (delivery) => <LastAnswer {...delivery} />,
  },
  {
    id: 'attempts',
    title: 'Attempts',
    from: 'sm',
    isNumber: true,
    cell: ({ attempts }) => attempts,
  },
  { id: 'id', title: 'Delivery', from: 'lg', cell: ({ id }) => <ShortId id={id} /> },
  { id: 'at', title: 'Accepted', cell: ({ createdAt }) => <Time at={createdAt} /> },
];

function LastAnswer({ lastStatus, lastError, status, dueAt }: Delivery) {
  if (lastStatus === null && lastError === null) return <span className={classes.soft}>—</span>;
  return (
    <div className={classes.answer}>
      {lastStatus !== null && <span className="tabular">{lastStatus}</span>}
      {lastError !== null && status !== 'delivered' && (
        <span className={classes.error} title={lastError}>
          {lastError}
        </span>
      )}
      {status === 'retrying' && dueAt !== null && (
        <span className={classes.soft}>
          next <Time at={dueAt} />
        </span>
      )}
    </div>
  );
}
