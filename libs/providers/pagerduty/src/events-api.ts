import {
  delivered,
  fromResponse,
  rejected,
  retry,
  type DeliveryOutcome,
  type HttpClient,
  type OutboundResponse,
} from '@nest-integrations/core';
import { z } from 'zod';
import type { AlertEvent } from './alert-event.js';
import type { PagerDutyConnection } from './pagerduty-config.js';

const EVENTS_URLS: Readonly<Record<PagerDutyConnection['region'], string>> = {
  us: 'https://events.pagerduty.com/v2',
  eu: 'https://events.eu.pagerduty.com/v2',
};
/** PagerDuty counts by the minute, and does not say when the next one begins. */
const WAIT_MS = 30_000;

const accepted = z.looseObject({ status: z.literal('success'), dedup_key: z.string() });
const refusal = z.looseObject({
  message: z.string().optional(),
  errors: z.array(z.string()).optional(),
});

/** Sends one event. `url` stands for tests; null: that of the account's region. */
export function enqueue(
  http: HttpClient,
  event: AlertEvent,
  { account, url }: { readonly account: PagerDutyConnection; readonly url: string | null },
): Promise<OutboundResponse> {
  return http.post(`${url ?? EVENTS_URLS[account.region]}/enqueue`, {
    json: { routing_key: account.routingKey, ...event },
    secretValues: [account.routingKey],
  });
}

/** https://developer.pagerduty.com/docs/events-api-v2-overview#response-codes--retry-logic */
export function outcomeOf(response: OutboundResponse): DeliveryOutcome {
  const body = bodyOf(response);
  if (response.ok) {
    const answer = accepted.safeParse(body).data;
    // The key is still to hand: what is sent again is the same alert.
    if (!answer) return retry('PagerDuty answered with a body that is not its own');
    return delivered({ externalId: answer.dedup_key });
  }
  if (response.status === 429) {
    const outcome = fromResponse(response);
    return outcome.kind === 'retry' ? { afterMs: WAIT_MS, ...outcome } : outcome;
  }
  if (response.status !== 400) return fromResponse(response);
  const { message, errors = [] } = refusal.safeParse(body).data ?? {};
  const said = errors.length > 0 ? errors.join('; ') : (message ?? 'the event is not valid');
  if (/routing[_ ]key/i.test(said)) {
    const reason = `PagerDuty does not know the integration key: give the connection a new one (${said})`;
    return retry(reason, { clientError: true });
  }
  return rejected(`PagerDuty answered 400: ${said}`);
}

function bodyOf(response: OutboundResponse): unknown {
  try {
    return response.json();
  } catch {
    return null;
  }
}
