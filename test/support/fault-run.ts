import { setTimeout as delay } from 'node:timers/promises';
import { Receiver } from '@nest-integrations/testing';
import { Client } from 'pg';
import { expect } from 'vitest';
import { checkDeliveries, type Excuse } from './delivery-check.js';
import { reportFault } from './fault-report.js';
import type { LogLines } from './log-lines.js';
import { until } from './until.js';

/** Publishes one event, as its client would; resolves with the event's id once it is durable. */
export type Publish = (n: number, idempotencyKey: string | null) => Promise<string>;

export interface FaultRunSettings {
  readonly databaseUrl: string;
  /** That of the receiver, where the host has others. */
  readonly subscriptionId?: string;
  readonly receiver: Receiver;
  readonly log: LogLines;
  readonly publish: Publish;
}

export interface Load {
  /** At least that many; they go on for as long as the fault lasts. */
  readonly events: number;
  /** Default 16. */
  readonly publishers?: number;
  /** Default 1,000. */
  readonly perSecond?: number;
  /** How many may be published by now; default: as many as there is time for. */
  readonly upTo?: () => number;
}

export interface Finding {
  readonly fault: string;
  /** Default `nothing lost`. */
  readonly promise?: string;
  /** How many results may be missing from the record, at most; default any, if each has its reason. */
  readonly mostDuplicates?: number;
  /** Default 120,000. */
  readonly withinMs?: number;
}

const RETRY_PUBLISH_AFTER_MS = 200;
const LOOK_AGAIN_MS = 10;
/** The fault begins once this share of the events is accepted. */
const BEGIN_AFTER = 1 / 4;

/** Events flow while something goes wrong; afterwards each of them is asked after. */
export class FaultRun {
  readonly accepted = new Set<string>();
  /** Publishes that failed and were made again. */
  refused = 0;
  private readonly excuses: Excuse[] = [];
  private started = 0;
  private beforeEnd = new Set<string>();
  private faultEndedAt = performance.now();

  constructor(private readonly settings: FaultRunSettings) {}

  /** Publishers publish, each waiting for its own event, while `fault` comes and goes. */
  async publishing(load: Load, fault: () => Promise<void>): Promise<void> {
    const { events, publishers = 16, perSecond = 1_000, upTo = () => Infinity } = load;
    let over = false;
    let failed = false;
    const beganAt = performance.now();
    const publisher = async () => {
      while (!failed && (!over || this.started < events)) {
        if (this.started >= upTo()) {
          await delay(LOOK_AGAIN_MS);
          continue;
        }
        const n = this.started++;
        const early = beganAt + (n * 1_000) / perSecond - performance.now();
        if (early > 0) await delay(early);
        await this.publishOne(n, () => failed);
      }
    };
    const published = Promise.all(Array.from({ length: publishers }, publisher));
    try {
      const first = () => this.accepted.size >= Math.min(events * BEGIN_AFTER, upTo());
      await until('the first events', first, {
        detail: () => this.settings.log.tail(),
      });
      await fault();
    } catch (error) {
      failed = true;
      await published;
      throw error;
    }
    this.faultEnded();
    over = true;
    await published;
  }

  /** From here recovery is measured, for what is accepted by now. */
  faultEnded(): void {
    this.faultEndedAt = performance.now();
    this.beforeEnd = new Set(this.accepted);
  }

  /**
   * What is received while `act` goes on, and in the `beforeMs` before (its result not yet written),
   * may come again for this reason.
   */
  async excused(reason: string, beforeMs: number, act: () => Promise<void>): Promise<void> {
    const from = performance.now() - beforeMs;
    await act();
    this.excuses.push({ reason, from, to: performance.now() });
  }

  /** For a publisher that is not told the event's id: what it knows each by, to the event's id. */
  identify(eventIds: ReadonlyMap<string, string>): void {
    for (const known of [this.accepted, this.beforeEnd]) {
      for (const [name, id] of eventIds) {
        if (known.delete(name)) known.add(id);
      }
    }
  }

  /** All accepted events have arrived and are on record; then one row of the report. */
  async conclude(finding: Finding): Promise<void> {
    const { receiver, databaseUrl, subscriptionId, log } = this.settings;
    const { fault, promise = 'nothing lost', withinMs = 120_000 } = finding;
    const missing = new Set(this.accepted);
    let looked = 0;
    const arrived = () => {
      for (; looked < receiver.requests.length; looked++) {
        missing.delete(receiver.requests[looked]?.headers['webhook-id'] ?? '');
      }
      return missing.size === 0;
    };
    const detail = () => `${missing.size} events are missing\n${log.tail()}`;
    await until('all accepted events at the receiver', arrived, { withinMs, detail });
    await until('all deliveries to be on record', () => nothingDue(databaseUrl), {
      withinMs,
      detail,
    });
    const found = await checkDeliveries({
      databaseUrl,
      ...(subscriptionId ? { subscriptionId } : {}),
      accepted: this.accepted,
      requests: receiver.requests,
      excuses: this.excuses,
      log: log.events,
    });
    const recoveryMs = Math.round(this.recovery());
    const { events, lost, duplicates, explanation } = found;
    console.log(
      `${fault}: ${events} events, ${lost.length} lost, ${duplicates} duplicates` +
        `${explanation && ` (${explanation})`}, ${this.refused} publishes repeated, recovered in ${recoveryMs} ms`,
    );
    reportFault({
      promise,
      fault,
      events,
      lost: lost.length,
      duplicates,
      recoveryMs,
      ...(explanation ? { explanation } : {}),
    });
    expect(lost).toEqual([]);
    expect(found.faults).toEqual([]);
    expect(duplicates).toBeLessThanOrEqual(finding.mostDuplicates ?? Infinity);
  }

  /** A client that is not told of success sends again; with a key where it uses one. */
  private async publishOne(n: number, stopped: () => boolean): Promise<void> {
    const idempotencyKey = n % 2 === 0 ? `order-${n}` : null;
    while (!stopped()) {
      try {
        this.accepted.add(await this.settings.publish(n, idempotencyKey));
        return;
      } catch {
        // Counted, and made again: what matters is what was accepted.
        this.refused++;
        await delay(RETRY_PUBLISH_AFTER_MS);
      }
    }
  }

  /** From the end of the fault to the arrival of the last event accepted before it. */
  private recovery(): number {
    const awaited = new Set(this.beforeEnd);
    let lastAt = this.faultEndedAt;
    for (const { headers, at } of this.settings.receiver.requests) {
      if (awaited.delete(headers['webhook-id'] ?? '')) lastAt = Math.max(lastAt, at);
    }
    return lastAt - this.faultEndedAt;
  }
}

async function nothingDue(databaseUrl: string): Promise<boolean> {
  const client = new Client({ connectionString: databaseUrl });
  // The fault may cut it too, between its queries and its end.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query(
      'SELECT 1 FROM integration.deliveries WHERE due_at IS NOT NULL LIMIT 1',
    );
    return rows.length === 0;
  } finally {
    await client.end();
  }
}
