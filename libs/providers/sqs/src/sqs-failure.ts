import {
  fromResponse,
  OutboundHttpError,
  rejected,
  retry,
  type DeliveryOutcome,
  type OutboundResponse,
} from '@nest-integrations/core';

/** The message itself can't be sent, however often it is tried. */
const REJECTED = new Set([
  'InvalidMessageContents',
  'InvalidParameterValue',
  'InvalidParameterCombination',
  'InvalidAttributeValue',
  'MissingParameter',
  'UnsupportedOperation',
  'BatchRequestTooLong',
]);
/** Too much at once, or their own trouble, whatever the status. */
const RETRIED =
  /throttl|^(OverLimit|TooManyRequests|RequestLimitExceeded|SlowDown|ServiceUnavailable|InternalFailure|InternalError)/i;
const CURES: readonly (readonly [RegExp, string])[] = [
  [
    /^(AccessDenied|KmsAccessDenied|NotAuthorized|OptInRequired)/,
    'allow sqs:SendMessage on the queue, and kms:GenerateDataKey on its key, to the connection’s user',
  ],
  [
    /^(InvalidClientTokenId|UnrecognizedClient|InvalidAccessKeyId|MissingAuthenticationToken)/,
    'the access key is not known: give the connection another',
  ],
  [
    /^(SignatureDoesNotMatch|InvalidSignature|IncompleteSignature)/,
    'the secret access key does not fit its id, or the endpoint is of another region',
  ],
  [
    /^(ExpiredToken|TokenRefreshRequired)/,
    'the session token has expired: use an access key that lasts',
  ],
  [/^RequestExpired|RequestTimeTooSkewed/, 'the clock of this machine is wrong'],
  [
    /^(QueueDoesNotExist|NonExistentQueue|QueueDeletedRecently)|NonExistentQueue$/,
    'the queue is not there: choose another, and mind region and account',
  ],
  [/^Kms/, 'the key that encrypts the queue can’t be used'],
  [/^InvalidAddress/, 'that is not the address of a queue'],
];

/** What the SDK's error means. Ours go on as they are. */
export function sqsFailureOf(error: unknown, response: OutboundResponse | null): DeliveryOutcome {
  if (error instanceof OutboundHttpError) throw error;
  const { name, message } = named(error);
  if (!response) throw error;
  // A 200 that the SDK could not read, or whose checksum differs from that of what was sent.
  if (response.ok)
    return retry(`SQS answered ${response.status} with what is not its own (${message})`);
  const reason = sqsReason(name, message);
  if (REJECTED.has(name)) return rejected(reason);
  const waiting = fromResponse({ ...response, ok: false, status: 429 });
  const afterMs = waiting.kind === 'retry' ? waiting.afterMs : undefined;
  const wait = afterMs === undefined ? {} : { afterMs };
  if (RETRIED.test(name) || response.status >= 500 || response.status === 429) {
    return retry(reason, wait);
  }
  return retry(reason, { ...wait, clientError: true });
}

export function isAccessDenied(error: unknown): boolean {
  return named(error).name.startsWith('AccessDenied');
}

/** For an admin: what SQS says, and what would be right. */
export function sqsReasonOf(error: unknown): string {
  const { name, message } = named(error);
  return sqsReason(name, message);
}

function sqsReason(name: string, message: string): string {
  const cure = CURES.find(([pattern]) => pattern.test(name))?.[1];
  const said = message === '' || message === name ? name : `${name} (${message})`;
  return `SQS answered ${said}${cure === undefined ? '' : `: ${cure}`}`;
}

function named(error: unknown): { name: string; message: string } {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  // `com.amazonaws.sqs#QueueDoesNotExist`, `AWS.SimpleQueueService.NonExistentQueue`
  const name = error.name.split(/[#.]/).at(-1) ?? error.name;
  return { name, message: error.message };
}
