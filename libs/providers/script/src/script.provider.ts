import {
  IntegrationProvider,
  rejected,
  retry,
  Sandbox,
  versioned,
  type DeliveryContext,
  type DeliveryOutcome,
  type DeliveryProvider,
} from '@nest-integrations/core';
import type { OnApplicationShutdown } from '@nestjs/common';
import { scriptConfig, type ScriptConfig } from './script-config.js';
import { scriptDocumentation } from './script-documentation.js';
import { fetchBy } from './script-fetch.js';
import { outcomeOfResult } from './script-result.js';
import { sourceOf, syntaxProblem } from './script-source.js';

const THREADS = 2;
const CPU_MS = 500;

/** Delivers by JavaScript of an admin, which reaches nothing but what is given to it. */
@IntegrationProvider({
  id: 'script',
  displayName: 'Script',
  description: 'Delivers each event by JavaScript of yours, in a sandbox, with fetch.',
  icon: 'code',
  config: versioned(1, scriptConfig),
  documentation: scriptDocumentation,
})
export class ScriptProvider implements DeliveryProvider<ScriptConfig>, OnApplicationShutdown {
  private readonly sandbox = new Sandbox(THREADS);

  validate({ code }: ScriptConfig): { field: string; message: string }[] {
    const problem = syntaxProblem(code);
    return problem === null ? [] : [{ field: 'code', message: problem }];
  }

  async deliver(context: DeliveryContext<ScriptConfig>): Promise<DeliveryOutcome> {
    const { config, event, delivery, subscription, http, note } = context;
    const result = await this.sandbox.run({
      source: sourceOf(config.code),
      argumentJson: JSON.stringify({
        event: {
          id: event.id,
          type: event.type,
          timestamp: event.occurredAt,
          payload: event.payload,
        },
        secrets: config.secrets,
        delivery: { id: delivery.id, attempt: delivery.attempt, isTest: delivery.isTest },
        subscription: { id: subscription.id, name: subscription.name },
      }),
      now: Date.now(),
      cpuMs: CPU_MS,
      timeoutMs: config.timeoutSeconds * 1_000,
      fetch: fetchBy(http),
    });
    for (const line of result.console) note(line);
    if (result.ok) return outcomeOfResult(result.json);
    // What it throws may come of a fetch; what can't even be read is the same the next time.
    return result.fault === 'source' ? rejected(result.reason) : retry(result.reason);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.sandbox.close();
  }
}
