import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { Batcher } from '../batching/batcher.js';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../integration-options.js';
import { DeliveryQueue } from '../queue/delivery-queue.js';
import { AttemptStore, type EndedDeliveryAttempt } from './attempt.store.js';
import { traceIdOf } from '../telemetry/trace-context.js';
import { DeliveryChanges } from '../live/delivery.changes.js';
import { IntegrationCounters } from './integration.counters.js';
import { PayloadCache } from './payload.cache.js';
import type { CountedAttempt } from '../statistics/statistics-tally.js';
import { StatisticsRecorder } from '../statistics/statistics.recorder.js';
import { SubscriptionHealth } from './health/subscription.health.js';

const MAX_BATCH = 500;
const WRITES_AT_ONCE = 2;
/** Nobody waits for an attempt's row: few large writes cost less than many small ones. */
const GATHER_MS = 10;
const RETRY_AFTER_MS = 250;

/** Writes how attempts ended, then tells who needs to know. */
@Injectable()
export class AttemptRecorder {
  private readonly logger = new Logger('IntegrationDeliveries');
  private readonly batcher: Batcher<EndedDeliveryAttempt, boolean>;

  constructor(
    private readonly store: AttemptStore,
    private readonly queue: DeliveryQueue,
    private readonly payloads: PayloadCache,
    private readonly counters: IntegrationCounters,
    private readonly health: SubscriptionHealth,
    private readonly statistics: StatisticsRecorder,
    private readonly changes: DeliveryChanges,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedIntegrationOptions,
  ) {
    this.batcher = new Batcher({
      maxBatch: MAX_BATCH,
      concurrency: WRITES_AT_ONCE,
      lingerMs: GATHER_MS,
      run: async (attempts) => {
        const lost = await this.store.write(attempts);
        this.health.observe(attempts, lost);
        this.statistics.note(countable(attempts, lost));
        if (this.changes.areWatched) {
          this.changes.note(attempts.map(({ lease }) => lease.deliveryId));
        }
        return attempts.map(({ lease }) => !lost.has(lease.deliveryId));
      },
    });
  }

  /**
   * Resolves once it is written, or the lease was lost, or the database stayed away for so long that
   * the delivery will be attempted again: at least once, with the same id.
   */
  async record(attempt: EndedDeliveryAttempt): Promise<void> {
    const written = await this.writeWithPatience(attempt);
    if (written === null) return;
    if (!written) {
      this.counters.leasesLost++;
      this.logger.warn({ event: 'delivery.lease_lost', ...idsOf(attempt) });
      return;
    }
    this.announce(attempt);
  }

  private async writeWithPatience(attempt: EndedDeliveryAttempt): Promise<boolean | null> {
    const giveUpAt = performance.now() + 2 * this.options.worker.leaseMs;
    for (let failures = 0; ; failures++) {
      try {
        return await this.batcher.add(attempt);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        const givenUp = performance.now() > giveUpAt;
        if (failures === 0 || givenUp) {
          this.logger.error({
            event: givenUp ? 'delivery.not_recorded' : 'delivery.recorded_late',
            ...idsOf(attempt),
            outcome: attempt.outcome.kind,
            reason,
          });
        }
        if (givenUp) return null;
        await delay(RETRY_AFTER_MS);
      }
    }
  }

  /** After the write: nothing here can turn a delivered delivery into a retry. */
  private announce(attempt: EndedDeliveryAttempt): void {
    const { lease, next, outcome } = attempt;
    if (next.state === 'retrying') {
      this.counters.retried++;
      this.queue.announce([{ id: lease.deliveryId, inMs: next.inMs }]);
    } else {
      if (next.state === 'delivered') this.counters.delivered++;
      else this.counters.failed++;
      this.payloads.drop(lease.eventId);
    }
    if (next.state !== 'delivered') {
      this.logger.warn({
        event: 'delivery.attempted',
        ...idsOf(attempt),
        state: next.state,
        outcome: outcome.kind,
        reason: outcome.kind === 'delivered' ? null : outcome.reason,
        latencyMs: Math.round(attempt.latencyMs),
        retryInMs: next.state === 'retrying' ? next.inMs : null,
      });
    }
  }
}

function* countable(
  attempts: readonly EndedDeliveryAttempt[],
  lost: ReadonlySet<string>,
): Iterable<CountedAttempt> {
  for (const { lease, next, latencyMs } of attempts) {
    if (lost.has(lease.deliveryId)) continue;
    yield { subscriptionId: lease.subscriptionId, state: next.state, latencyMs };
  }
}

function idsOf({ lease, event }: EndedDeliveryAttempt): Record<string, unknown> {
  return {
    deliveryId: lease.deliveryId,
    eventId: lease.eventId,
    subscriptionId: lease.subscriptionId,
    attempt: lease.attempts + 1,
    traceId: traceIdOf(event.trace),
  };
}
