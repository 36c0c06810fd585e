import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../integration-options.js';
import { INTEGRATION_POOL } from '../persistence/integration-data-source.token.js';
import {
  SubscriptionStopped,
  type StoppedSubscription,
} from '../subscriptions/subscription-stopped.js';
import { DeliveryChanges } from '../live/delivery.changes.js';
import { IntegrationCounters } from './integration.counters.js';

const BATCH = 5_000;

/** Cancels what a disabled or deleted subscription still has waiting. */
@Injectable()
export class DeliveryCanceller extends SubscriptionStopped {
  private readonly schema: string;

  constructor(
    @Inject(INTEGRATION_POOL) private readonly pool: Pool,
    @Inject(RESOLVED_OPTIONS) { database }: ResolvedIntegrationOptions,
    private readonly counters: IntegrationCounters,
    private readonly changes: DeliveryChanges,
  ) {
    super();
    this.schema = database.schema;
  }

  /**
   * In batches, so that no lock is held for long. What is held back is cancelled too; an attempt
   * under way ends by itself. The tenant is for the index: history of any length is passed over.
   */
  async stop({ id, tenant }: StoppedSubscription, reason: string): Promise<void> {
    for (;;) {
      const { rowCount } = await this.pool.query(
        `UPDATE ${this.schema}.deliveries d
         SET state = 'cancelled', due_at = NULL, lease_until = NULL, gate = NULL,
           gate_seq = NULL, finished_at = now(),
           last_error = $2, fence = d.fence + 1
         WHERE d.id IN (
           SELECT id FROM ${this.schema}.deliveries
           WHERE subscription_id = $1 AND tenant = $3 AND state IN ('pending', 'retrying')
             AND NOT is_replay
             AND (lease_until IS NULL OR lease_until <= now())
           LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)`,
        [id, reason, tenant],
      );
      this.counters.cancelled += rowCount ?? 0;
      if ((rowCount ?? 0) > 0) this.changes.noteMany();
      if ((rowCount ?? 0) < BATCH) return;
    }
  }
}
