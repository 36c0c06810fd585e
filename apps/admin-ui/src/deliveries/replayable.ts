import type { DeliveryQuery } from './delivery-filters';

const FINAL = ['delivered', 'failed', 'cancelled'] as const;
type Final = (typeof FINAL)[number];

export interface ReplayBody {
  readonly subscriptionId?: string;
  readonly eventType?: string;
  readonly status?: Final;
  readonly from?: string;
  readonly to?: string;
}

/** The same deliveries as a replay's selection; `null` where it has no words for the filters. */
export function replayableBy(query: DeliveryQuery): ReplayBody | null {
  const { status = [], search, provider, eventId, ...rest } = query;
  if (search !== undefined || provider !== undefined || eventId !== undefined) return null;
  const [first, ...others] = status;
  if (first === undefined) return Object.keys(rest).length === 0 ? null : rest;
  const final = FINAL.find((one) => one === first);
  return final === undefined || others.length > 0 ? null : { ...rest, status: final };
}
