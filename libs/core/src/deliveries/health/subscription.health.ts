import { Inject, Injectable, Logger } from '@nestjs/common';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../../integration-options.js';
import type { EndedDeliveryAttempt } from '../attempt.store.js';
import { Periodic } from '../periodic.js';
import { healthDecision } from './health-decision.js';
import { HealthStore, type Ailing } from './health.store.js';
import { HealthTally, type Tally } from './health-tally.js';
import { SubscriptionDisabler } from './subscription.disabler.js';
import { OperationalPublisher } from './operational.publisher.js';

const EVERY_MS = 1_000;
/** Failures further apart than this many times the time until disabling are no one failing. */
const SILENT_SPANS = 2;

/**
 * Draws the conclusions from attempts for the subscription as a whole: one that only fails is
 * announced, then disabled; one whose receiver is gone is disabled at once; the success of a failing
 * one clears it. What is seen is kept in memory and written every second, off the hot path.
 */
@Injectable()
export class SubscriptionHealth {
  private readonly logger = new Logger('IntegrationDeliveries');
  /** Of all processes, as read a moment ago. */
  private ailing: ReadonlySet<string> = new Set();
  private readonly tally = new HealthTally((id) => this.ailing.has(id));
  /** Receivers that are gone for good, with the reason. */
  private readonly gone = new Map<string, string>();
  private readonly upkeep = new Periodic({
    failure: 'health.failed',
    everyMs: EVERY_MS,
    logger: this.logger,
    work: () => this.look(),
  });

  constructor(
    private readonly store: HealthStore,
    private readonly disabler: SubscriptionDisabler,
    private readonly publisher: OperationalPublisher,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedIntegrationOptions,
  ) {}

  start(): void {
    this.upkeep.start();
  }

  /** Writes what is still in memory. */
  async stop(): Promise<void> {
    await this.upkeep.stop();
    try {
      await this.write();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.warn({ event: 'health.not_written', reason });
    }
  }

  /**
   * Takes note of attempts that are recorded, but for those `lost` to other workers. In memory only;
   * a replay says nothing of how the subscription fares today, nor does a transformation of its receiver.
   */
  observe(attempts: readonly EndedDeliveryAttempt[], lost: ReadonlySet<string>): void {
    const now = performance.now();
    for (const { lease, outcome, latencyMs, endedInTransformation } of attempts) {
      if (lease.isReplay || endedInTransformation || lost.has(lease.deliveryId)) continue;
      const { subscriptionId } = lease;
      const failure = outcome.kind === 'delivered' ? null : outcome.reason;
      this.tally.note({ subscriptionId, failure, at: now - latencyMs });
      if (outcome.kind === 'rejected' && outcome.disableSubscription) {
        this.gone.set(subscriptionId, outcome.reason);
        this.upkeep.now();
      }
    }
  }

  /** Writes what was seen, reads how all fare, and acts. */
  async look(): Promise<void> {
    await this.disableGone();
    await this.write();
    const ailing = await this.store.ailing();
    this.ailing = new Set(ailing.map(({ subscription }) => subscription.id));
    for (const one of ailing) if (one.enabled && one.failingSince) await this.judge(one);
  }

  private async disableGone(): Promise<void> {
    for (const [id, reason] of this.gone) {
      await this.disabler.disable(id, () => reason);
      this.gone.delete(id);
    }
  }

  private async write(): Promise<void> {
    const tallies = this.tally.take();
    if (tallies.length === 0) return;
    try {
      await this.writeSuccesses(tallies.filter(({ succeeded }) => succeeded));
      const failed = tallies.filter(({ failures }) => failures > 0);
      if (failed.length === 0) return;
      const silenceMs = this.options.subscriptions.disableAfterMs * SILENT_SPANS;
      await this.store.addFailures(failed, { now: performance.now(), silenceMs });
    } catch (error) {
      this.tally.putBack(tallies);
      throw error;
    }
  }

  /** A recovery and its event commit together. */
  private async writeSuccesses(tallies: readonly Tally[]): Promise<void> {
    if (tallies.length === 0) return;
    const recovered = await this.store.transaction(async (manager) => {
      const cleared = await this.store.clear(
        manager,
        tallies.map(({ subscriptionId }) => subscriptionId),
      );
      const announced = cleared.filter(({ wasAnnounced }) => wasAnnounced);
      for (const { subscription, failingSince, recoveredAt } of announced) {
        await this.publisher.publishWithin(manager, {
          type: 'integration.subscription.recovered',
          payload: {
            subscription,
            failingSince: failingSince?.toISOString() ?? null,
            recoveredAt: recoveredAt.toISOString(),
          },
        });
      }
      return announced;
    });
    for (const { subscription } of recovered) {
      this.logger.log({ event: 'subscription.recovered', subscriptionId: subscription.id });
    }
  }

  private async judge(ailing: Ailing): Promise<void> {
    const { id } = ailing.subscription;
    const limits = this.options.subscriptions;
    const decision = healthDecision(ailing, limits);
    if (decision === 'announce') await this.announce(id);
    if (decision === 'disable') {
      // Judged again under the lock: a success may have come in between.
      await this.disabler.disable(id, (now) =>
        now?.failingSince && healthDecision(now, limits) === 'disable'
          ? `Every attempt has failed since ${now.failingSince.toISOString()}`
          : null,
      );
    }
  }

  /** The mark and the event commit together: one process announces, once. */
  private async announce(id: string): Promise<void> {
    const { disableAfterMs } = this.options.subscriptions;
    const announced = await this.store.transaction(async (manager) => {
      const now = await this.store.lock(manager, id);
      if (!now?.failingSince || now.isAnnounced || !now.enabled) return null;
      await this.store.markAnnounced(manager, id);
      const willBeDisabledAt = new Date(now.failingSince.getTime() + disableAfterMs);
      await this.publisher.publishWithin(manager, {
        type: 'integration.subscription.failing',
        payload: {
          subscription: now.subscription,
          failingSince: now.failingSince.toISOString(),
          failures: now.failures,
          reason: now.reason,
          willBeDisabledAt: willBeDisabledAt.toISOString(),
        },
      });
      return now;
    });
    if (!announced) return;
    this.logger.warn({
      event: 'subscription.failing',
      subscriptionId: id,
      failingSince: announced.failingSince,
      reason: announced.reason,
    });
  }
}
