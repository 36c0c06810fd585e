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
import { AlertWriter, NoAlertError, type AlertRequest } from './alert-request.js';
import { OpsgenieApi, outcomeOf } from './opsgenie-api.js';
import {
  opsgenieConfig,
  opsgenieConnection,
  type OpsgenieConfig,
  type OpsgenieConnection,
} from './opsgenie-config.js';
import { opsgenieDocumentation } from './opsgenie-documentation.js';

type Context = DeliveryContext<OpsgenieConfig, OpsgenieConnection>;

/** Token of the API's address. Default: that of the account's region. */
export const OPSGENIE_API_URL = 'nest-integrations:opsgenie-api-url';

/** Creates, acknowledges and closes alerts. */
@IntegrationProvider({
  id: 'opsgenie',
  displayName: 'Opsgenie',
  description: 'Creates, acknowledges and closes an alert by the events about it.',
  icon: 'opsgenie',
  threads: true,
  config: versioned(1, opsgenieConfig),
  connection: versioned(1, opsgenieConnection),
  documentation: opsgenieDocumentation,
})
export class OpsgenieProvider implements DeliveryProvider<OpsgenieConfig, OpsgenieConnection> {
  private readonly writers = new WeakMap<OpsgenieConfig, AlertWriter>();

  constructor(@Optional() @Inject(OPSGENIE_API_URL) private readonly url: string | null = null) {}

  async deliver(context: Context): Promise<DeliveryOutcome> {
    let alert: AlertRequest;
    try {
      alert = this.writerOf(context.config).write(context);
    } catch (error) {
      if (error instanceof TemplateError || error instanceof NoAlertError) {
        return rejected(error.message);
      }
      throw error;
    }
    const api = new OpsgenieApi(context.http, context.connection, this.url);
    return outcomeOf(await api.send(alert), alert.alias);
  }

  async testConnection({
    connection,
    http,
  }: ConnectionContext<OpsgenieConnection>): Promise<ConnectionTest> {
    const response = await new OpsgenieApi(http, connection, this.url).list();
    if (response.ok) return { ok: true, message: 'The API key is valid' };
    if (response.status === 403) {
      const message =
        'The API key may not read alerts, which this test does: allow its integration to, or send a test event';
      return { ok: false, message };
    }
    const outcome = outcomeOf(response, '');
    return { ok: false, message: outcome.kind === 'delivered' ? '' : outcome.reason };
  }

  private writerOf(config: OpsgenieConfig): AlertWriter {
    let writer = this.writers.get(config);
    if (!writer) this.writers.set(config, (writer = new AlertWriter(config)));
    return writer;
  }
}
