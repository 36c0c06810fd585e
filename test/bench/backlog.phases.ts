import { setTimeout as delay } from 'node:timers/promises';
import { IntegrationHealth } from '@nest-integrations/core';
import { startEngine } from './engine.js';
import { PAYLOAD, seed, uuidAt } from './seed.js';

export interface BacklogSize {
  readonly databaseUrl: string;
  readonly schema: string;
  readonly deliveries: number;
}

const SAMPLE_EVERY_MS = 200;
const MEBIBYTE = 1_048_576;

/** Makes deliveries that are all due, to one subscription; leaves them to whoever comes. */
export async function fillBacklog(
  size: BacklogSize & { readonly receiverUrl: string },
): Promise<{ seconds: number }> {
  const { databaseUrl, schema, deliveries, receiverUrl } = size;
  const engine = await startEngine({
    databaseUrl,
    schema,
    receiverUrls: [receiverUrl],
    worker: { enabled: false },
  });
  await engine.app.close(); // Its subscription stays: the backlog is for it.
  const numbers = 'generate_series($1::int, $2::int) AS n';
  const at = `${Date.now()} - 3600000 + n * (3500000.0 / ${deliveries})`;
  const eventId = uuidAt(at, 'n', 'event');
  return seed(databaseUrl, [
    {
      count: deliveries,
      sql: `INSERT INTO ${schema}.integration_events (id, type, payload, occurred_at)
        SELECT ${eventId}, 'bench.happened', ${PAYLOAD}, now() FROM ${numbers}`,
    },
    {
      count: deliveries,
      sql: `INSERT INTO ${schema}.deliveries (id, event_id, subscription_id, event_type)
        SELECT ${uuidAt(at, 'n', 'delivery')}, ${eventId}, s.id, 'bench.happened'
        FROM ${numbers}, ${schema}.integration_subscriptions s`,
    },
  ]);
}

export interface DrainFigures {
  readonly rate: number;
  /** RSS when the engine had started, in MB. */
  readonly startMb: number;
  /** Deliveries made, and the RSS at that moment in MB. */
  readonly samples: readonly (readonly [delivered: number, rssMb: number])[];
}

/** A process that does nothing but drain the backlog, and watches its memory. */
export async function drainBacklog(size: BacklogSize): Promise<DrainFigures> {
  const { databaseUrl, schema, deliveries } = size;
  const started = performance.now();
  const { app } = await startEngine({ databaseUrl, schema });
  const health = app.get(IntegrationHealth);
  const rssMb = () => process.memoryUsage.rss() / MEBIBYTE;
  const startMb = rssMb();
  const samples: [number, number][] = [];
  for (let delivered = 0; delivered < deliveries;) {
    await delay(SAMPLE_EVERY_MS);
    ({ delivered } = (await health.check()).counters);
    samples.push([delivered, rssMb()]);
  }
  const rate = deliveries / ((performance.now() - started) / 1_000);
  await app.close();
  return { rate, startMb, samples };
}
