import {
  IntegrationProvider,
  rejected,
  TemplateError,
  versioned,
  type ConnectionContext,
  type ConnectionTest,
  type DeliveryContext,
  type DeliveryOutcome,
  type DeliveryProvider,
} from '@nest-integrations/core';
import { Inject, Optional } from '@nestjs/common';
import { AlertWriter, NoAlertError, type AlertEvent } from './alert-event.js';
import { enqueue, outcomeOf } from './events-api.js';
import {
  pagerDutyConfig,
  pagerDutyConnection,
  type PagerDutyConfig,
  type PagerDutyConnection,
} from './pagerduty-config.js';
import { pagerDutyDocumentation } from './pagerduty-documentation.js';

type Context = DeliveryContext<PagerDutyConfig, PagerDutyConnection>;

/** Token of the Events API's address. Default `https://events.pagerduty.com/v2`, or that of the EU. */
export const PAGERDUTY_EVENTS_URL = 'nest-integrations:pagerduty-events-url';

/** Triggers, acknowledges and resolves alerts. */
@IntegrationProvider({
  id: 'pagerduty',
  displayName: 'PagerDuty',
  description: 'Triggers, acknowledges and resolves an alert by the events about it.',
  icon: 'pagerduty',
  threads: true,
  config: versioned(1, pagerDutyConfig),
  connection: versioned(1, pagerDutyConnection),
  documentation: pagerDutyDocumentation,
})
export class PagerDutyProvider implements DeliveryProvider<PagerDutyConfig, PagerDutyConnection> {
  private readonly writers = new WeakMap<PagerDutyConfig, AlertWriter>();

  constructor(
    @Optional() @Inject(PAGERDUTY_EVENTS_URL) private readonly url: string | null = null,
  ) {}

  async deliver(context: Context): Promise<DeliveryOutcome> {
    let alert: AlertEvent;
    try {
      alert = this.writerOf(context.config).write(context);
    } catch (error) {
      if (error instanceof TemplateError || error instanceof NoAlertError) {
        return rejected(error.message);
      }
      throw error;
    }
    const { http, connection: account } = context;
    return outcomeOf(await enqueue(http, alert, { account, url: this.url }));
  }

  /** Resolves an alert that nobody has triggered, which changes nothing. */
  async testConnection({
    connection: account,
    http,
  }: ConnectionContext<PagerDutyConnection>): Promise<ConnectionTest> {
    const nothing = { event_action: 'resolve', dedup_key: 'connection-test' } as const;
    const outcome = outcomeOf(await enqueue(http, nothing, { account, url: this.url }));
    return outcome.kind === 'delivered'
      ? { ok: true, message: 'PagerDuty accepts events with this key' }
      : { ok: false, message: outcome.reason };
  }

  private writerOf(config: PagerDutyConfig): AlertWriter {
    let writer = this.writers.get(config);
    if (!writer) this.writers.set(config, (writer = new AlertWriter(config)));
    return writer;
  }
}
