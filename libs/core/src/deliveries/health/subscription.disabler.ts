import { Injectable, Logger } from '@nestjs/common';
import type { SubscriptionEntity } from '../../subscriptions/subscription.entity.js';
import { SubscriptionStopped, WAS_DISABLED } from '../../subscriptions/subscription-stopped.js';
import { SubscriptionStore } from '../../subscriptions/subscription.store.js';
import { switchEnabled } from '../../subscriptions/switch-enabled.js';
import { HealthStore, type Ailing } from './health.store.js';
import { OperationalPublisher } from './operational.publisher.js';

/** Why to disable, judged under the lock; null: not (any more). */
export type DisableReason = (
  health: Ailing | null,
  current: Pick<SubscriptionEntity, 'revision'>,
) => string | null;

/** Disables subscriptions on the engine's own account: the row, its event and its queue. */
@Injectable()
export class SubscriptionDisabler {
  private readonly logger = new Logger('IntegrationDeliveries');

  constructor(
    private readonly subscriptions: SubscriptionStore,
    private readonly health: HealthStore,
    private readonly publisher: OperationalPublisher,
    private readonly stopped: SubscriptionStopped,
  ) {}

  /**
   * One transaction disables it and publishes the event. What is queued is cancelled after it; a
   * crash in between leaves that to the workers, which attempt nothing for a disabled subscription.
   */
  async disable(id: string, reasonOf: DisableReason): Promise<void> {
    let reason: string | null = null;
    const row = await this.subscriptions.change(id, 'all', async (current, manager) => {
      if (!current.enabled) return 'leave';
      const health = await this.health.lock(manager, id);
      reason = reasonOf(health, current);
      if (reason === null) return 'leave';
      switchEnabled(current, { enabled: false, reason });
      await this.health.markAnnounced(manager, id);
      const { name, tenant, provider, disabledAt } = current;
      await this.publisher.publishWithin(manager, {
        type: 'integration.subscription.disabled',
        payload: {
          subscription: { id, name, tenant: tenant || null, provider },
          reason,
          disabledAt: (disabledAt ?? new Date()).toISOString(),
          failingSince: health?.failingSince?.toISOString() ?? null,
        },
      });
      return undefined;
    });
    if (!row) return;
    this.logger.warn({ event: 'subscription.disabled', subscriptionId: id, reason });
    await this.stopped.stop(row, `${WAS_DISABLED}: ${reason}`);
  }
}
