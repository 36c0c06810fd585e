import {
  fromHttpError,
  fromResponse,
  IntegrationProvider,
  OutboundHttpError,
  rejected,
  retry,
  versioned,
  type DeliveryContext,
  type DeliveryOutcome,
  type DeliveryProvider,
  type OutboundResponse,
} from '@nest-integrations/core';
import { Inject, Optional } from '@nestjs/common';
import { certificateProblem } from './client-certificate.js';
import { signHub, signStandardWebhook } from './standard-webhooks.signer.js';
import { oauthClientOf } from './webhook-auth.js';
import { withLiquidTemplate } from './liquid-migration.js';
import { webhookConfig, type WebhookConfig } from './webhook-config.js';
import { webhookDocumentation } from './webhook-documentation.js';
import { prepareRequest, type Message, type PreparedRequest } from './webhook-request.js';

type Context = DeliveryContext<WebhookConfig>;
type SentHeaders = Record<string, string>;

/** Token of the clock, a function of milliseconds. Default `Date.now`. */
export const WEBHOOK_CLOCK = 'nest-integrations:webhook-clock';

/** Sends events as signed HTTP requests. */
@IntegrationProvider({
  id: 'webhook',
  displayName: 'Webhook',
  description: 'Sends each event as a signed HTTP request to a URL of yours.',
  icon: 'webhook',
  signing: 'standard-webhooks',
  config: versioned(2, webhookConfig, { 1: withLiquidTemplate }),
  oauth: { config: ({ auth }) => oauthClientOf(auth) },
  documentation: webhookDocumentation,
})
export class WebhookProvider implements DeliveryProvider<WebhookConfig> {
  private readonly prepared = new WeakMap<WebhookConfig, PreparedRequest>();

  constructor(@Optional() @Inject(WEBHOOK_CLOCK) private readonly now: () => number = Date.now) {}

  validate({ clientCertificate }: WebhookConfig): { field: string; message: string }[] {
    const problem = clientCertificate ? certificateProblem(clientCertificate) : null;
    return problem
      ? [{ field: `clientCertificate.${problem.field}`, message: problem.message }]
      : [];
  }

  async deliver(context: Context): Promise<DeliveryOutcome> {
    const { config } = context;
    const prepared = this.preparedFor(config);
    const message = prepared.messageOf(context);
    if ('reason' in message) return rejected(message.reason);
    const varied = prepared.variesBy?.(context) ?? { url: config.url, headers: undefined };
    if ('reason' in varied) return rejected(varied.reason);
    const headers: SentHeaders = { ...prepared.headers, ...varied.headers, ...message.headers };
    const unsigned = this.sign(headers, message, context);
    if (unsigned !== null) return rejected(unsigned);
    try {
      const { url } = varied;
      const { body } = message;
      return outcomeOf(await this.send({ context, prepared, url, headers, body }), config);
    } catch (error) {
      if (error instanceof OutboundHttpError) return fromHttpError(error);
      throw error;
    }
  }

  /** Adds the headers of the signature; or says why the message can't be signed as it is asked for. */
  private sign(
    headers: SentHeaders,
    { body }: Message,
    { config, event: { id }, signingSecrets: secrets }: Context,
  ): string | null {
    const timestamp = Math.floor(this.now() / 1_000);
    const signature = signStandardWebhook({ id, timestamp, body, secrets });
    if (signature === '') return 'The subscription has no signing secret that is still valid';
    headers['webhook-id'] = id;
    headers['webhook-timestamp'] = String(timestamp);
    headers['webhook-signature'] = signature;
    if (!config.hubSignature) return null;
    const hub = signHub({ timestamp, body, secrets });
    if (hub === null) return 'X-Hub-Signature-256 needs an HMAC secret (whsec_…)';
    headers['x-hub-signature-256'] = hub;
    return null;
  }

  private async send(request: {
    readonly context: Context;
    readonly prepared: PreparedRequest;
    readonly url: string;
    readonly headers: SentHeaders;
    readonly body: string;
  }): Promise<OutboundResponse> {
    const { context, prepared, url, headers, body } = request;
    const { method, auth } = context.config;
    const { call, secretValues } = prepared;
    const options = { ...call, secretValues, headers, body };
    if (auth.type !== 'oauth2') return context.http.request(method, url, options);
    return context.oauth.send((token) =>
      context.http.request(method, url, {
        ...options,
        headers: { ...headers, authorization: `Bearer ${token}` },
      }),
    );
  }

  private preparedFor(config: WebhookConfig): PreparedRequest {
    let prepared = this.prepared.get(config);
    if (!prepared) {
      prepared = prepareRequest(config);
      this.prepared.set(config, prepared);
    }
    return prepared;
  }
}

function outcomeOf(response: OutboundResponse, { retryOnStatus }: WebhookConfig): DeliveryOutcome {
  const outcome = fromResponse(response);
  if (outcome.kind === 'delivered' || !retryOnStatus.includes(response.status)) return outcome;
  const afterMs = outcome.kind === 'retry' ? outcome.afterMs : undefined;
  return retry(
    `The receiver answered ${response.status}`,
    afterMs === undefined ? {} : { afterMs },
  );
}
