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
import type { AlertRequest } from './alert-request.js';
import type { OpsgenieConnection } from './opsgenie-config.js';

const API_URLS: Readonly<Record<OpsgenieConnection['region'], string>> = {
  us: 'https://api.opsgenie.com',
  eu: 'https://api.eu.opsgenie.com',
  'jira-service-management': 'https://api.atlassian.com/jsm/ops/integration',
};
/** Where Opsgenie does not say how long: it counts by the minute. */
const WAIT_MS = 60_000;

const accepted = z.looseObject({ requestId: z.string() });
const refusal = z.looseObject({
  message: z.string().optional(),
  errors: z.record(z.string(), z.unknown()).optional(),
});

/** The Alert API for one key. */
export class OpsgenieApi {
  private readonly headers: Readonly<Record<string, string>>;
  private readonly alerts: string;
  private readonly secretValues: readonly string[];

  /** `url` stands for tests; null: that of the account's region. */
  constructor(
    private readonly http: HttpClient,
    { apiKey, region }: OpsgenieConnection,
    url: string | null,
  ) {
    this.headers = { authorization: `GenieKey ${apiKey}` };
    this.alerts = `${url ?? API_URLS[region]}/v2/alerts`;
    this.secretValues = [apiKey];
  }

  send({ action, alias, body }: AlertRequest): Promise<OutboundResponse> {
    const { headers, secretValues } = this;
    const place =
      action === 'create' ? '' : `/${encodeURIComponent(alias)}/${action}?identifierType=alias`;
    return this.http.post(`${this.alerts}${place}`, { json: body, headers, secretValues });
  }

  list(): Promise<OutboundResponse> {
    const { headers, secretValues } = this;
    return this.http.get(`${this.alerts}?limit=1`, { headers, secretValues, record: false });
  }
}

/** https://docs.opsgenie.com/docs/response */
export function outcomeOf(response: OutboundResponse, alias: string): DeliveryOutcome {
  const body = bodyOf(response);
  if (response.ok) {
    // Accepted, and made a moment later; sent again it is the same alert.
    if (accepted.safeParse(body).success) return delivered({ externalId: alias });
    return retry('Opsgenie answered with a body that is not its own');
  }
  if (response.status === 429) return limitOf(response);
  if (response.status === 401 || response.status === 403) return keyRefused(response);
  if (response.status !== 400 && response.status !== 422) return fromResponse(response);
  const { message = 'the alert is not valid', errors = {} } = refusal.safeParse(body).data ?? {};
  if (/key format/i.test(message)) return keyRefused(response);
  const details = Object.entries(errors).map(([field, what]) => `${field}: ${String(what)}`);
  return rejected(`Opsgenie answered ${response.status}: ${[message, ...details].join('; ')}`);
}

function keyRefused({ status }: OutboundResponse): DeliveryOutcome {
  return retry(
    `Opsgenie answered ${status}: it refuses the API key: give the connection that of an API integration, and its region`,
    { clientError: true },
  );
}

function limitOf(response: OutboundResponse): DeliveryOutcome {
  const asked = fromResponse(response);
  const seconds = Number(response.headers['x-ratelimit-period-in-sec']);
  const otherwise = seconds > 0 ? seconds * 1_000 : WAIT_MS;
  const afterMs = (asked.kind === 'retry' ? asked.afterMs : undefined) ?? otherwise;
  return retry('Opsgenie answered 429: too many requests', { afterMs });
}

function bodyOf(response: OutboundResponse): unknown {
  try {
    return response.json();
  } catch {
    return null;
  }
}
