import type { Attributes } from '@opentelemetry/api';
import type { CounterValues } from '../deliveries/integration.counters.js';
import type { QueueObservation } from './queue.observer.js';

/** What the engine looks like at one moment. */
export interface Observation {
  readonly counters: CounterValues;
  readonly worker: { readonly inFlight: number; readonly capacity: number };
  readonly pool: {
    readonly total: number;
    readonly idle: number;
    readonly waiting: number;
    readonly max: number;
  };
  /** Null: Postgres did not answer in time. */
  readonly queue: QueueObservation | null;
}

export interface Sample {
  readonly value: number;
  readonly attributes: Attributes;
}

/** A metric that is read when someone looks, and costs nothing until then. */
export interface ObservedMetric {
  /** By OpenTelemetry's rules; in Prometheus with underscores, the unit and, for a counter, `_total`. */
  readonly name: string;
  readonly kind: 'counter' | 'gauge';
  /** UCUM: `s`, or an annotation like `{event}`. */
  readonly unit: string;
  readonly description: string;
  readonly read: (observation: Observation) => readonly Sample[];
}

const NO_ATTRIBUTES: Attributes = {};
const POOL: Attributes = { 'db.client.connection.pool.name': 'nest-integrations' };
const ACCEPTED_OWN: Attributes = { 'integration.transaction': 'own' };
const ACCEPTED_WITHIN: Attributes = { 'integration.transaction': 'caller' };

export const OBSERVED_METRICS: readonly ObservedMetric[] = [
  {
    name: 'integration.events.accepted',
    kind: 'counter',
    unit: '{event}',
    description:
      'Events written; in a caller’s transaction counted when written, not when it commits',
    read: ({ counters }) => [
      { value: counters.accepted, attributes: ACCEPTED_OWN },
      { value: counters.acceptedWithin, attributes: ACCEPTED_WITHIN },
    ],
  },
  counter(
    'integration.events.not_accepted',
    '{event}',
    'Emitted events that were refused or could not be written',
    (c) => c.notAccepted,
  ),
  counter(
    'integration.deliveries.delivered',
    '{delivery}',
    'Deliveries that reached their receiver',
    (c) => c.delivered,
  ),
  counter(
    'integration.deliveries.failed',
    '{delivery}',
    'Deliveries given up: rejected, or out of retries',
    (c) => c.failed,
  ),
  counter(
    'integration.deliveries.retried',
    '{attempt}',
    'Attempts that will be made again',
    (c) => c.retried,
  ),
  counter(
    'integration.deliveries.cancelled',
    '{delivery}',
    'Deliveries no longer wanted: their subscription was stopped',
    (c) => c.cancelled,
  ),
  counter(
    'integration.deliveries.swept',
    '{delivery}',
    'Deliveries that the queue had lost and the sweep found',
    (c) => c.swept,
  ),
  counter(
    'integration.leases.lost',
    '{lease}',
    'Results dropped because another worker had taken the delivery',
    (c) => c.leasesLost,
  ),
  gauge(
    'integration.deliveries.in_flight',
    '{delivery}',
    'Deliveries that this process attempts or records',
    ({ worker }) => worker.inFlight,
  ),
  gauge(
    'integration.worker.capacity',
    '{delivery}',
    'Deliveries that this process can have under way at once',
    ({ worker }) => worker.capacity,
  ),
  gauge(
    'integration.queue.lag',
    's',
    'Age of the oldest delivery that is due and that no worker holds',
    ({ queue }) => queue?.lagSeconds,
  ),
  gauge(
    'integration.queue.waiting',
    '{delivery}',
    'Deliveries that are due and that no worker holds, counted up to 10 000',
    ({ queue }) => queue?.waiting,
  ),
  {
    name: 'integration.subscriptions.circuit',
    kind: 'gauge',
    unit: '{subscription}',
    description: 'Subscriptions by the state of their circuit breaker',
    read: ({ queue }) =>
      (queue?.circuits ?? []).map(({ state, count }) => ({
        value: count,
        attributes: { 'integration.circuit.state': state },
      })),
  },
  {
    name: 'db.client.connection.count',
    kind: 'gauge',
    unit: '{connection}',
    description: 'Connections of the hot path’s pool',
    read: ({ pool }) => [
      { value: pool.idle, attributes: { ...POOL, 'db.client.connection.state': 'idle' } },
      {
        value: pool.total - pool.idle,
        attributes: { ...POOL, 'db.client.connection.state': 'used' },
      },
    ],
  },
  {
    name: 'db.client.connection.pending_requests',
    kind: 'gauge',
    unit: '{request}',
    description: 'Statements that wait for a connection of the hot path’s pool',
    read: ({ pool }) => [{ value: pool.waiting, attributes: POOL }],
  },
  {
    name: 'db.client.connection.max',
    kind: 'gauge',
    unit: '{connection}',
    description: 'Connections that the hot path’s pool may open',
    read: ({ pool }) => [{ value: pool.max, attributes: POOL }],
  },
];

function counter(
  name: string,
  unit: string,
  description: string,
  value: (counters: CounterValues) => number,
): ObservedMetric {
  return {
    name,
    kind: 'counter',
    unit,
    description,
    read: ({ counters }) => [{ value: value(counters), attributes: NO_ATTRIBUTES }],
  };
}

/** A value that is not known now has no sample: a gap says more than a wrong number. */
function gauge(
  name: string,
  unit: string,
  description: string,
  value: (observation: Observation) => number | undefined,
): ObservedMetric {
  return {
    name,
    kind: 'gauge',
    unit,
    description,
    read: (observation) => {
      const now = value(observation);
      return now === undefined ? [] : [{ value: now, attributes: NO_ATTRIBUTES }];
    },
  };
}
