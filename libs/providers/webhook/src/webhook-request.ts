import {
  templateScopeOf,
  type DeliveredEvent,
  type DeliveryContext,
  type HttpCallOptions,
} from '@nest-integrations/core';
import { compileBody } from './body-maker.js';
import { binaryHeaders, structuredBody } from './cloudevents.js';
import { lowerCaseNames } from './header-fields.js';
import { compileHeaders } from './header-template.js';
import { compileUrl, isTemplate } from './url-template.js';
import { derivedSecrets, staticAuthHeaders } from './webhook-auth.js';
import type { WebhookConfig } from './webhook-config.js';

const CONTENT_TYPES = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  text: 'text/plain; charset=utf-8',
} as const;
const CLOUDEVENTS = 'application/cloudevents+json; charset=utf-8';

/** A body, and the headers that only this event has. */
export interface Message {
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Why an event can't be put into the form that the config asks for. */
export interface Unsendable {
  readonly reason: string;
}

/** What is the same for every request of a config. */
export interface PreparedRequest {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly call: Pick<HttpCallOptions, 'timeoutMs' | 'secretHeaders' | 'tls'>;
  readonly secretValues: readonly string[];
  readonly messageOf: (context: Varying) => Message | Unsendable;
  /** What the event’s values change; null: nothing, it goes where the config says. */
  readonly variesBy: ((context: Varying) => Variation | Unsendable) | null;
}

type Varying = Pick<DeliveryContext<WebhookConfig>, 'event' | 'subscription'>;

export interface Variation {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export function prepareRequest(config: WebhookConfig): PreparedRequest {
  const { auth, ca, clientCertificate, contentType, format } = config;
  const isStructured = format === 'cloudevents-structured';
  return {
    headers: {
      'content-type': isStructured ? CLOUDEVENTS : CONTENT_TYPES[contentType],
      'user-agent': 'nest-integrations',
      ...lowerCaseNames(config.headers),
      ...lowerCaseNames(config.secretHeaders),
      ...staticAuthHeaders(auth),
    },
    call: {
      timeoutMs: config.timeoutSeconds * 1_000,
      secretHeaders: [
        ...Object.keys(config.secretHeaders),
        ...(auth.type === 'header' ? [auth.name] : []),
      ],
      ...(clientCertificate || ca !== undefined ? { tls: { ca, ...clientCertificate } } : {}),
    },
    secretValues: derivedSecrets(auth),
    messageOf: messageMaker(config),
    variesBy: variationMaker(config),
  };
}

function variationMaker(config: WebhookConfig): PreparedRequest['variesBy'] {
  const urlOf = isTemplate(config.url) ? compileUrl(config.url) : null;
  const headersOf = compileHeaders(lowerCaseNames(config.headers));
  if (!urlOf && !headersOf) return null;
  return (context) => {
    const scope = templateScopeOf(context);
    const address = urlOf?.(scope) ?? { ok: true, url: config.url };
    if (!address.ok) return { reason: address.reason };
    const rendered = headersOf?.(scope) ?? { ok: true, headers: {} };
    if (!rendered.ok) return { reason: rendered.reason };
    return { url: address.url, headers: rendered.headers };
  };
}

function messageMaker(config: WebhookConfig): PreparedRequest['messageOf'] {
  switch (config.format) {
    case 'standard':
      return config.contentType === 'form'
        ? ({ event }) => ({ body: standardForm(event) })
        : ({ event }) => ({ body: event.toStandardBody() });
    case 'cloudevents-structured':
      return ({ event }) => ({ body: structuredBody(event) });
    case 'cloudevents-binary':
      return ({ event }) => ({ body: event.payloadJson, headers: binaryHeaders(event) });
    case 'template': {
      const render = compileBody(config);
      return (context) => {
        const rendered = render(context);
        return rendered.ok ? { body: rendered.body } : { reason: rendered.reason };
      };
    }
  }
}

/** The three fields of the standard body; the payload is JSON in its own. */
function standardForm(event: DeliveredEvent): string {
  return new URLSearchParams({
    type: event.type,
    timestamp: event.occurredAt,
    data: event.payloadJson,
  }).toString();
}
