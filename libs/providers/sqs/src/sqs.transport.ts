import type { HttpClient, OutboundRequest, OutboundResponse } from '@nest-integrations/core';

/** As the SDK hands it over, signed. */
interface SignedRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Set by the HTTP client itself, to the values that were signed. */
const OWN_HEADERS = new Set(['host', 'content-length']);

/** Lets the SDK send by the guarded client: what it sends is recorded, within the attempt's time. */
export class SqsTransport {
  readonly metadata = { handlerProtocol: 'http/1.1' };
  /** The last answer, from which more can be read than the SDK tells. */
  response: OutboundResponse | null = null;

  constructor(
    private readonly http: HttpClient,
    private readonly isRecorded: boolean,
  ) {}

  async handle(request: SignedRequest) {
    const { method, protocol, hostname, port, path, headers, body } = request;
    const origin = `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`;
    const response = await this.http.request(methodOf(method), `${origin}${path}`, {
      headers: Object.fromEntries(
        Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name.toLowerCase())),
      ),
      ...(body !== undefined && { body: bodyOf(body) }),
      secretHeaders: ['x-amz-security-token'],
      record: this.isRecorded,
    });
    this.response = response;
    return {
      response: {
        statusCode: response.status,
        headers: firstValues(response.headers),
        body: response.body,
      },
    };
  }

  /** There is nothing to set: the client is the attempt's. */
  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): Record<string, never> {
    return {};
  }
}

/** SQS is spoken to by POST alone. */
function methodOf(method: string): OutboundRequest['method'] {
  if (method !== 'POST') throw new TypeError(`SQS is not asked by ${method}`);
  return method;
}

function bodyOf(body: unknown): string | Buffer {
  if (typeof body === 'string') return body;
  if (body instanceof Uint8Array) {
    return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  }
  throw new TypeError('SQS is sent texts alone');
}

function firstValues(headers: OutboundResponse['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : value.join(', '),
    ]),
  );
}
