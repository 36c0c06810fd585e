import type { DeliveryStatus } from '../api/types';
import { setOnly, type Filters } from '../parts/use-url-filters';

export const FILTERS = [
  'status',
  'search',
  'eventType',
  'provider',
  'subscriptionId',
  'eventId',
  'since',
  'from',
  'to',
] as const;
export type DeliveryFilters = Filters<(typeof FILTERS)[number]>;

export const STATUSES: readonly DeliveryStatus[] = [
  'pending',
  'attempting',
  'retrying',
  'delivered',
  'failed',
  'cancelled',
];

/** Spans that move with the time; in the address as `since=24h`. */
export const SPANS = [
  { value: '1h', label: 'Last hour', ms: 3_600_000 },
  { value: '24h', label: 'Last 24 hours', ms: 86_400_000 },
  { value: '7d', label: 'Last 7 days', ms: 7 * 86_400_000 },
  { value: '30d', label: 'Last 30 days', ms: 30 * 86_400_000 },
] as const;

/** The statuses of an address, without what is none. */
export function statusesOf({ status }: Pick<DeliveryFilters, 'status'>): DeliveryStatus[] {
  const given = status.split(',');
  return STATUSES.filter((one) => given.includes(one));
}

export interface DeliveryQuery {
  readonly status?: DeliveryStatus[];
  readonly search?: string;
  readonly eventType?: string;
  readonly provider?: string;
  readonly subscriptionId?: string;
  readonly eventId?: string;
  readonly from?: string;
  readonly to?: string;
}

/** What the API is asked; a moving span begins at a whole minute, so that answers can be kept. */
export function queryOf(filters: DeliveryFilters, now: number): DeliveryQuery {
  const { search, eventType, provider, subscriptionId, eventId, since, from, to } = filters;
  const statuses = statusesOf(filters);
  const span = SPANS.find(({ value }) => value === since);
  const begin = span ? new Date(Math.floor((now - span.ms) / 60_000) * 60_000).toISOString() : from;
  return {
    ...setOnly({ search, eventType, provider, subscriptionId, eventId, to }),
    ...(begin === '' ? {} : { from: begin }),
    ...(statuses.length === 0 ? {} : { status: statuses }),
  };
}

export function isFiltered(filters: DeliveryFilters): boolean {
  return Object.values(filters).some((value) => value !== '');
}
