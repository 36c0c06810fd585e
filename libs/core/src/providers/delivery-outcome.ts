import type { OutboundResponse } from '../http/outbound-http.types.js';
import { OutboundHttpError } from '../http/outbound-http.types.js';
import { retryAfterMs } from '../http/retry-after.js';

/** How an attempt ended, as data. */
export type DeliveryOutcome =
  | {
      readonly kind: 'delivered';
      /** What the outside calls what was made. */
      readonly externalId?: string;
      /** Where an admin can look at it. */
      readonly externalUrl?: string;
      /** It opened its thread anew: what the thread was known by is gone. */
      readonly reopensThread?: boolean;
    }
  | {
      readonly kind: 'retry';
      readonly reason: string;
      /** Not sooner than this, in milliseconds: what the receiver asked for. */
      readonly afterMs?: number;
      /** An answer in the 4xx class: the retry policy may turn it into a rejection. */
      readonly clientError?: boolean;
    }
  | {
      readonly kind: 'rejected';
      readonly reason: string;
      /** The receiver is gone for good (410): the subscription is disabled. */
      readonly disableSubscription?: boolean;
    };

type OutcomeOf<Kind extends DeliveryOutcome['kind']> = Extract<
  DeliveryOutcome,
  { readonly kind: Kind }
>;

export function delivered(
  result: { externalId?: string; externalUrl?: string; reopensThread?: boolean } = {},
): OutcomeOf<'delivered'> {
  return { kind: 'delivered', ...result };
}

export function retry(
  reason: string,
  details: { afterMs?: number; clientError?: boolean } = {},
): OutcomeOf<'retry'> {
  return { kind: 'retry', reason, ...details };
}

export function rejected(
  reason: string,
  details: { disableSubscription?: boolean } = {},
): OutcomeOf<'rejected'> {
  return { kind: 'rejected', reason, ...details };
}

const RETRIED_CLIENT_ERRORS = new Set([408, 425, 429]);

/**
 * The meaning of an HTTP answer: 2xx delivered; 408, 425, 429 and 5xx retry, `Retry-After` obeyed;
 * 410 rejects and disables; any other status is a client error that the retry policy decides on.
 */
export function fromResponse(
  response: OutboundResponse,
  result: { externalId?: string; externalUrl?: string; now?: Date } = {},
): DeliveryOutcome {
  const { status } = response;
  if (response.ok) {
    const { externalId, externalUrl } = result;
    return delivered({
      ...(externalId !== undefined && { externalId }),
      ...(externalUrl !== undefined && { externalUrl }),
    });
  }
  const reason = `The receiver answered ${status}`;
  if (status === 410) return rejected(`${reason} (gone)`, { disableSubscription: true });
  const afterMs = retryAfterMs(response.headers['retry-after'], result.now ?? new Date());
  const wait = afterMs === undefined ? {} : { afterMs };
  if (status >= 500 || RETRIED_CLIENT_ERRORS.has(status)) return retry(reason, wait);
  return retry(reason, { ...wait, clientError: true });
}

/** The meaning of a call without an answer: a forbidden or impossible address rejects, the rest retries. */
export function fromHttpError(error: OutboundHttpError): DeliveryOutcome {
  return error.code === 'blocked' || error.code === 'invalid'
    ? rejected(error.message)
    : retry(error.message);
}
