import {
  fromHttpError,
  fromResponse,
  IntegrationProvider,
  OutboundHttpError,
  rejected,
  retry,
  versioned,
  type DeliveredEvent,
  type DeliveryContext,
  type DeliveryOutcome,
  type DeliveryProvider,
  type HttpCallOptions,
} from '@nest-integrations/core';
import { renderBody } from './body-template.js';
import { binaryHeaders, structuredBody } from './cloudevents.js';
import { OAuth2TokenCache, TokenRefusedError } from './oauth2-token.cache.js';
import { signHub, signStandardWebhook } from './standard-webhooks.signer.js';
import { webhookConfig, type WebhookConfig } from './webhook-config.js';
import { webhookDocumentation } from './webhook-documentation.js';

const CONTENT_TYPES = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  text: 'text/plain; charset=utf-8',
} as const;

const NONE: readonly string[] = [];

/** What is the same for every request of a config. */
interface Prepared {
  readonly headers: Readonly<Record<string, string>>;
  readonly call: Pick<HttpCallOptions, 'timeoutMs' | 'secretHeaders' | 'tls'>;
}

interface Message {
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends events as signed HTTP requests. */
@IntegrationProvider({
  id: 'webhook',
  displayName: 'Webhook',
  description: 'Sends each event as a signed HTTP request to a URL of yours.',
  icon: 'webhook',
  signing: 'standard-webhooks',
  config: versioned(1, webhookConfig),
  documentation: webhookDocumentation,
})
export class WebhookProvider implements DeliveryProvider<WebhookConfig> {
  private readonly prepared = new WeakMap<WebhookConfig, Prepared>();
  private readonly tokens = new OAuth2TokenCache();

  async deliver(context: DeliveryContext<WebhookConfig>): Promise<DeliveryOutcome> {
    const { config, event, http, signingSecrets } = context;
    const message = messageOf(config, event);
    if ('reason' in message) return rejected(message.reason);
    const { headers, call } = this.prepare(config);
    try {
      const token =
        config.auth.type === 'oauth2' ? await this.tokens.tokenFor(config.auth, http) : null;
      const timestamp = Math.floor(Date.now() / 1_000);
      const { body } = message;
      const sent: Record<string, string> = {
        ...headers,
        'webhook-id': event.id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signStandardWebhook({
          id: event.id,
          timestamp,
          body,
          secrets: signingSecrets,
        }),
      };
      if (message.headers) Object.assign(sent, message.headers);
      if (token !== null) sent['authorization'] = `Bearer ${token}`;
      const hub = config.hubSignature ? signHub(body, signingSecrets) : null;
      if (hub !== null) sent['x-hub-signature-256'] = hub;
      const response = await http.request(config.method, config.url, {
        ...call,
        secretValues: token === null ? NONE : [token],
        body,
        headers: sent,
      });
      if (response.status === 401 && config.auth.type === 'oauth2') this.tokens.drop(config.auth);
      return fromResponse(response);
    } catch (error) {
      if (error instanceof TokenRefusedError) return retry(error.message);
      if (error instanceof OutboundHttpError) return fromHttpError(error);
      throw error;
    }
  }

  private prepare(config: WebhookConfig): Prepared {
    let prepared = this.prepared.get(config);
    if (!prepared) {
      prepared = prepare(config);
      this.prepared.set(config, prepared);
    }
    return prepared;
  }
}

function prepare(config: WebhookConfig): Prepared {
  const { auth, clientCertificate } = config;
  return {
    headers: {
      'content-type':
        config.format === 'cloudevents-structured'
          ? 'application/cloudevents+json; charset=utf-8'
          : CONTENT_TYPES[config.contentType],
      'user-agent': 'nest-integrations',
      ...config.headers,
      ...config.secretHeaders,
      ...authHeaders(auth),
    },
    call: {
      timeoutMs: config.timeoutSeconds * 1_000,
      secretHeaders: [
        ...Object.keys(config.secretHeaders),
        ...(auth.type === 'header' ? [auth.name] : []),
      ],
      ...(clientCertificate ? { tls: clientCertificate } : {}),
    },
  };
}

function authHeaders(auth: WebhookConfig['auth']): Record<string, string> {
  switch (auth.type) {
    case 'bearer':
      return { authorization: `Bearer ${auth.token}` };
    case 'basic': {
      const pair = Buffer.from(`${auth.username}:${auth.password}`).toString('base64');
      return { authorization: `Basic ${pair}` };
    }
    case 'header':
      return { [auth.name]: auth.value };
    case 'oauth2':
    case 'none':
      return {};
  }
}

function messageOf(config: WebhookConfig, event: DeliveredEvent): Message | { reason: string } {
  switch (config.format) {
    case 'standard':
      return { body: standardBody(config.contentType, event) };
    case 'cloudevents-structured':
      return { body: structuredBody(event) };
    case 'cloudevents-binary':
      return { body: event.payloadJson, headers: binaryHeaders(event) };
    case 'template': {
      const rendered = renderBody(config.template ?? '', config.contentType, event);
      return rendered.ok ? { body: rendered.body } : { reason: rendered.reason };
    }
  }
}

/** As a form, the three fields of the standard body; the payload is JSON in its own. */
function standardBody(contentType: WebhookConfig['contentType'], event: DeliveredEvent): string {
  if (contentType !== 'form') return event.toStandardBody();
  return new URLSearchParams({
    type: event.type,
    timestamp: event.occurredAt,
    data: event.payloadJson,
  }).toString();
}
