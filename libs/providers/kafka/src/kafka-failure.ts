import {
  fromHttpError,
  OutboundHttpError,
  rejected,
  retry,
  type DeliveryOutcome,
} from '@nest-integrations/core';
import kafkajs, { type KafkaJSError as KafkaJSFailure } from 'kafkajs';

// Node finds no names for them in this CommonJS module.
const { KafkaJSError, KafkaJSProtocolError } = kafkajs;

/** The message itself can't be taken, however often it is tried. */
const REJECTED = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'UNSUPPORTED_COMPRESSION_TYPE',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
]);
/** What an admin can mend. */
const CURES: Readonly<Record<string, string>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'the topic is not there: create it, or choose another',
  INVALID_TOPIC_EXCEPTION: 'the topic can’t have that name: choose another',
  TOPIC_AUTHORIZATION_FAILED: 'allow the connection’s user to write to the topic',
  CLUSTER_AUTHORIZATION_FAILED: 'allow the connection’s user to write to the cluster',
  SASL_AUTHENTICATION_FAILED: 'give the connection a user and a password that the cluster knows',
  UNSUPPORTED_SASL_MECHANISM: 'choose a way to sign in that the cluster offers',
};

export interface KafkaFailure {
  readonly outcome: DeliveryOutcome;
  /** Kafka's own number of the error; `null`: no broker named one. */
  readonly code: number | null;
  readonly answer: string;
}

/** What an error means. @throws what is not Kafka's */
export function kafkaFailureOf(error: unknown): KafkaFailure {
  if (error instanceof OutboundHttpError) return unanswered(fromHttpError(error));
  if (!(error instanceof KafkaJSError)) throw error;
  const failure = firstOf(error);
  const type = typeOf(failure);
  const reason = `Kafka answered ${type === null ? '' : `${type}: `}${failure.message}`;
  if (type === null) return unanswered(retry(failure.message));
  const code = failure instanceof KafkaJSProtocolError ? failure.code : null;
  const cure = CURES[type];
  if (REJECTED.has(type)) return { outcome: rejected(reason), code, answer: reason };
  const outcome =
    cure === undefined ? retry(reason) : retry(`${reason}; ${cure}`, { clientError: true });
  return { outcome, code, answer: reason };
}

/** `retries: 0` is exceeded by the first error, which is its cause. */
function firstOf(error: KafkaJSFailure): Error {
  const { cause } = error;
  return cause instanceof KafkaJSError && cause !== error ? firstOf(cause) : error;
}

function typeOf(error: Error): string | null {
  if (error instanceof KafkaJSProtocolError) return error.type;
  if (error.name !== 'KafkaJSSASLAuthenticationError') return null;
  return /mechanism.*(not supported|unsupported)|requires.*mechanism/i.test(error.message)
    ? 'UNSUPPORTED_SASL_MECHANISM'
    : 'SASL_AUTHENTICATION_FAILED';
}

function unanswered(outcome: DeliveryOutcome): KafkaFailure {
  return { outcome, code: null, answer: '' };
}
