import {
  fromHttpError,
  OutboundHttpError,
  rejected,
  retry,
  type DeliveryOutcome,
} from '@nest-integrations/core';
import { BrokerError } from './rabbitmq.client.js';

/** What an admin can mend. */
const CURES: Readonly<Record<number, string>> = {
  403: 'give the connection a user that may write to the exchange, and its password',
  404: 'the exchange is not there: declare it, or choose another',
  530: 'the virtual host is not there, or not this user’s',
};
/** The message itself: too large, say. */
const REJECTED = new Set([311, 406, 501, 502]);

/** What an error means. @throws what is not the broker's */
export function rabbitMqFailureOf(error: unknown): DeliveryOutcome {
  if (error instanceof OutboundHttpError) return fromHttpError(error);
  if (!(error instanceof BrokerError)) throw error;
  const { code, message } = error;
  if (code === null) return retry(message);
  if (REJECTED.has(code)) return rejected(message);
  const cure = CURES[code];
  return cure === undefined ? retry(message) : retry(`${message}: ${cure}`, { clientError: true });
}
