import { createHash, createHmac } from 'node:crypto';
import type { Answer, ReceivedRequest } from '@nest-integrations/testing';
import { z } from 'zod';

export const ACCESS_KEY_ID = 'AKIDEXAMPLE';
export const SECRET_ACCESS_KEY = 'not/a+real/secret+key';
export const REGION = 'eu-central-1';

const attribute = z.strictObject({ DataType: z.string(), StringValue: z.string() });
const sendInput = z.strictObject({
  QueueUrl: z.string(),
  MessageBody: z.string(),
  MessageAttributes: z.record(z.string(), attribute).default({}),
  MessageGroupId: z.string().optional(),
  MessageDeduplicationId: z.string().optional(),
});
const listInput = z.strictObject({
  QueueNamePrefix: z.string().default(''),
  MaxResults: z.int().default(1_000),
  NextToken: z.coerce.number().default(0),
});

type Attribute = z.output<typeof attribute>;
export type SentMessage = z.output<typeof sendInput>;

/**
 * Amazon SQS as its documentation has it: AWS JSON 1.0, Signature Version 4 checked from the request
 * as it arrived, checksums, FIFO deduplication. It is no SQS: what AWS does beyond its documentation
 * is not here.
 */
export class FakeSqs {
  readonly queues: string[] = ['events', 'events.fifo', 'other'];
  /** As received by consumers: a repeated one of a FIFO queue is there once. */
  readonly messages: (SentMessage & { readonly queue: string })[] = [];
  private readonly ids = new Map<string, string>();

  constructor(private readonly origin: string) {}

  urlOf(queue: string): string {
    return `${this.origin}/123456789012/${queue}`;
  }

  answer(request: ReceivedRequest): Answer {
    const { headers } = request;
    if (headers['content-type'] !== 'application/x-amz-json-1.0') return failed('UnknownOperation');
    const refusal = signatureProblem(request);
    if (refusal !== null) return failed(refusal, 403);
    const input: unknown = JSON.parse(request.body.toString());
    const target = String(headers['x-amz-target']);
    if (target === 'AmazonSQS.SendMessage') return this.send(sendInput.parse(input));
    if (target === 'AmazonSQS.ListQueues') return this.list(listInput.parse(input));
    return failed('UnknownOperationException');
  }

  private send(message: SentMessage): Answer {
    const queue = this.queues.find((name) => message.QueueUrl === this.urlOf(name));
    if (queue === undefined) {
      return failed('QueueDoesNotExist', 400, 'The specified queue does not exist.', {
        'x-amzn-query-error': 'AWS.SimpleQueueService.NonExistentQueue;Sender',
      });
    }
    const { MessageBody, MessageAttributes, MessageDeduplicationId: deduplicationId } = message;
    if (MessageBody === '') return failed('MissingParameter');
    if (!/^[\t\n\r\x20-\uD7FF\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u.test(MessageBody)) {
      return failed('InvalidMessageContents');
    }
    if (Object.values(MessageAttributes).some(({ StringValue }) => StringValue === '')) {
      return failed('InvalidParameterValue');
    }
    if (Object.keys(MessageAttributes).length > 10) return failed('InvalidParameterValue');
    if (queue.endsWith('.fifo') && message.MessageGroupId === undefined) {
      return failed('MissingParameter', 400, 'The request must contain MessageGroupId.');
    }
    if (deduplicationId !== undefined && !queue.endsWith('.fifo')) {
      return failed('InvalidParameterValue');
    }
    const known = this.ids.get(`${queue} ${deduplicationId}`);
    const MessageId =
      known ?? `00000000-0000-4000-8000-${String(this.messages.length).padStart(12, '0')}`;
    if (known === undefined) this.messages.push({ ...message, queue });
    if (deduplicationId !== undefined) this.ids.set(`${queue} ${deduplicationId}`, MessageId);
    return json({
      MessageId,
      MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
      MD5OfMessageAttributes: md5OfAttributes(MessageAttributes),
    });
  }

  private list({
    QueueNamePrefix,
    MaxResults,
    NextToken: from,
  }: z.output<typeof listInput>): Answer {
    const found = this.queues.filter((name) => name.startsWith(QueueNamePrefix));
    // Two a page, however many are asked for: SQS answers at most so many.
    const to = from + Math.min(MaxResults, 2);
    return json({
      QueueUrls: found.slice(from, to).map((name) => this.urlOf(name)),
      ...(to < found.length && { NextToken: String(to) }),
    });
  }
}

export function failed(
  code: string,
  status = 400,
  message = '',
  headers: Record<string, string> = {},
): Answer {
  return json({ __type: `com.amazonaws.sqs#${code}`, message }, { status, headers });
}

function json(body: object, { status = 200, headers = {} }: Answer = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.0', ...headers },
    body: JSON.stringify(body),
  };
}

/** As consumers check it: names in order, each length, type, kind and value. */
function md5OfAttributes(attributes: Readonly<Record<string, Attribute>>): string {
  const hash = createHash('md5');
  const add = (text: string): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.byteLength(text));
    hash.update(length).update(text);
  };
  for (const name of Object.keys(attributes).toSorted()) {
    const { DataType, StringValue } = attributes[name] ?? { DataType: '', StringValue: '' };
    add(name);
    add(DataType);
    hash.update(Buffer.from([1]));
    add(StringValue);
  }
  return hash.digest('hex');
}

/** Signature Version 4, from the AWS documentation alone; the code of the error, or null. */
function signatureProblem({ method, path, headers, body }: ReceivedRequest): string | null {
  const authorization = String(headers['authorization'] ?? '');
  const [, key, date, region, service, signed = '', signature] =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      authorization,
    ) ?? [];
  if (key === undefined) return 'MissingAuthenticationToken';
  if (key !== ACCESS_KEY_ID) return 'InvalidClientTokenId';
  const names = signed.split(';');
  const at = String(headers['x-amz-date'] ?? '');
  if (!['host', 'x-amz-date', 'x-amz-target'].every((name) => names.includes(name))) {
    return 'IncompleteSignature';
  }
  if (region !== REGION || service !== 'sqs' || !at.startsWith(date ?? 'none')) {
    return 'SignatureDoesNotMatch';
  }
  const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
  const hmac = (with_: string | Buffer, data: string): Buffer =>
    createHmac('sha256', with_).update(data).digest();
  const canonical = [
    method,
    path.split('?')[0],
    path.split('?')[1] ?? '',
    ...names.map((name) => `${name}:${String(headers[name]).trim().replaceAll(/ +/g, ' ')}`),
    '',
    signed,
    sha256(body),
  ].join('\n');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', at, scope, sha256(canonical)].join('\n');
  const signingKey = [date ?? '', region, service, 'aws4_request'].reduce<string | Buffer>(
    (with_, part) => hmac(with_, part),
    `AWS4${SECRET_ACCESS_KEY}`,
  );
  return hmac(signingKey, toSign).toString('hex') === signature ? null : 'SignatureDoesNotMatch';
}
