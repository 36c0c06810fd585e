import { isId, patternMatches } from '@nest-integrations/common';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { ConflictError, InvalidInputError, NotFoundError } from '../../integration.error.js';
import { INTEGRATION_DATA_SOURCE } from '../../persistence/integration-data-source.token.js';
import { schemaOf } from '../../persistence/schema-name.js';
import { DeliveryQueue } from '../../queue/delivery-queue.js';
import { SubscriptionStore } from '../../subscriptions/subscription.store.js';
import type { TenantScope } from '../../subscriptions/subscription.types.js';
import { DeliveryService } from '../delivery.service.js';
import type { Delivery } from '../delivery.types.js';
import { MissedEvents } from './missed.events.js';
import { RESTARTED } from './restarted.js';

interface EventRow {
  readonly type: string;
  readonly tenant: string;
  readonly payload_removed_at: Date | null;
}

/** Sends one event to one subscription, which need not have been there when it happened. */
@Injectable()
export class EventReplayer {
  private readonly schema: string;

  constructor(
    @Inject(INTEGRATION_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly subscriptions: SubscriptionStore,
    private readonly missed: MissedEvents,
    private readonly deliveries: DeliveryService,
    private readonly queue: DeliveryQueue,
  ) {
    this.schema = schemaOf(dataSource);
  }

  /**
   * Sends it again, or for the first time: with the event's own id and time. The subscription's filter
   * is not asked. Allowed while the subscription is disabled.
   * @throws NotFoundError, ConflictError where its delivery is under way or its payload is gone
   * @throws InvalidInputError where the subscription does not take events of this type
   */
  async replay(eventId: string, subscriptionId: string, scope: TenantScope): Promise<Delivery> {
    const event = await this.event(eventId, scope);
    const subscription = isId(subscriptionId)
      ? await this.subscriptions.find(subscriptionId, { tenant: event.tenant })
      : null;
    if (!subscription) throw new NotFoundError('subscription', subscriptionId);
    if (!subscription.eventTypes.some((pattern) => patternMatches(pattern, event.type))) {
      const message = `'${subscription.name}' takes no '${event.type}', only ${subscription.eventTypes.join(', ')}`;
      throw new InvalidInputError([{ field: 'subscriptionId', message }]);
    }
    const id = await this.dataSource.transaction(async (manager) => {
      await this.missed.lockSubscription(manager, subscriptionId);
      return (
        (await this.restarted(manager, eventId, subscriptionId)) ??
        (await this.made(manager, eventId, subscriptionId))
      );
    });
    this.queue.announce([{ id, inMs: 0 }]);
    return this.deliveries.get(id, scope);
  }

  private async restarted(
    manager: EntityManager,
    eventId: string,
    subscriptionId: string,
  ): Promise<string | null> {
    const [last]: { id: string }[] = await manager.query(
      `SELECT id FROM ${this.schema}.deliveries WHERE event_id = $1 AND subscription_id = $2
       ORDER BY id DESC LIMIT 1`,
      [eventId, subscriptionId],
    );
    if (!last) return null;
    const [rows]: [unknown[], number] = await manager.query(
      `UPDATE ${this.schema}.deliveries d SET ${RESTARTED}
       WHERE d.id = $1 AND d.state IN ('delivered', 'failed', 'cancelled') RETURNING d.id`,
      [last.id],
    );
    if (rows.length === 0) {
      throw new ConflictError(
        `Event '${eventId}' is on its way to this subscription already: delivery '${last.id}'`,
      );
    }
    return last.id;
  }

  private async made(
    manager: EntityManager,
    eventId: string,
    subscriptionId: string,
  ): Promise<string> {
    const [id] = await this.missed.deliver(manager, subscriptionId, [eventId]);
    // Read a moment ago: its history was removed in between.
    if (id === undefined) throw new NotFoundError('event', eventId);
    return id;
  }

  private async event(id: string, scope: TenantScope): Promise<EventRow> {
    const [row]: EventRow[] = isId(id)
      ? await this.dataSource.query(
          `SELECT type, tenant, payload_removed_at FROM ${this.schema}.integration_events
           WHERE id = $1 AND ($2::text IS NULL OR tenant = $2)`,
          [id, scope === 'all' ? null : scope.tenant],
        )
      : [];
    if (!row) throw new NotFoundError('event', id);
    if (row.payload_removed_at) {
      throw new ConflictError(
        `Event '${id}' can't be replayed: its payload was removed on ${row.payload_removed_at.toISOString()}`,
      );
    }
    return row;
  }
}
