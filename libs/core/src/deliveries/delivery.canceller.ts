import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../integration-options.js';
import { INTEGRATION_POOL } from '../persistence/integration-data-source.token.js';
import { SubscriptionStopped } from '../subscriptions/subscription-stopped.js';

const BATCH = 5_000;

/** Cancels what a disabled or deleted subscription still has waiting. */
@Injectable()
export class DeliveryCanceller extends SubscriptionStopped {
  private readonly schema: string;

  constructor(
    @Inject(INTEGRATION_POOL) private readonly pool: Pool,
    @Inject(RESOLVED_OPTIONS) { database }: ResolvedIntegrationOptions,
  ) {
    super();
    this.schema = database.schema;
  }

  /** In batches, so that no lock is held for long. An attempt under way ends by itself. */
  async stop(subscriptionId: string, reason: string): Promise<void> {
    for (;;) {
      const { rowCount } = await this.pool.query(
        `UPDATE ${this.schema}.deliveries d
         SET state = 'cancelled', due_at = NULL, lease_until = NULL, finished_at = now(),
           last_error = $2, fence = d.fence + 1
         WHERE d.id IN (
           SELECT id FROM ${this.schema}.deliveries
           WHERE subscription_id = $1 AND due_at IS NOT NULL AND NOT is_replay
             AND (lease_until IS NULL OR lease_until <= now())
           LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)`,
        [subscriptionId, reason],
      );
      if ((rowCount ?? 0) < BATCH) return;
    }
  }
}
