import { isId, newId, patternMatches } from '@nest-integrations/common';
import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { DeliveredEvent } from '../events/delivered-event.js';
import { EventTypeRegistry } from '../events/event-type.registry.js';
import { passPayload } from '../events/payload-gate.js';
import { InvalidInputError, NotFoundError } from '../integration.error.js';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../integration-options.js';
import { INTEGRATION_POOL } from '../persistence/integration-data-source.token.js';
import type { TenantScope } from '../tenants/tenant-scope.js';

/** What to try something with. */
export interface TestEvent {
  /** Default: the first that the subscription names. */
  readonly eventType?: string;
  /** What leaves; default: the event type's example. */
  readonly payload?: unknown;
  /** A stored event, as it was accepted; then the two others say nothing. */
  readonly eventId?: string;
}

const MAX_TEST_PAYLOAD_BYTES = 262_144;

/** Events to try subscriptions and templates with: stored ones, examples, payloads that are given. */
@Injectable()
export class TrialEvents {
  private readonly events: string;

  constructor(
    @Inject(INTEGRATION_POOL) private readonly pool: Pool,
    @Inject(RESOLVED_OPTIONS) { database }: ResolvedIntegrationOptions,
    private readonly types: EventTypeRegistry,
  ) {
    this.events = `${database.schema}.integration_events`;
  }

  /** @throws NotFoundError, InvalidInputError, InvalidPayloadError, UnknownEventTypeError */
  async find(
    test: TestEvent,
    { eventTypes, tenant }: { eventTypes: readonly string[]; tenant: string | null },
    scope: TenantScope,
  ): Promise<DeliveredEvent> {
    if (test.eventId !== undefined) return this.stored(test.eventId, scope);
    const type = this.types.get(test.eventType ?? this.firstOf(eventTypes));
    const payloadJson =
      test.payload === undefined
        ? JSON.stringify(type.example)
        : (
            await passPayload(
              { ...type, input: type.payload, transform: (payload) => payload },
              test.payload,
              MAX_TEST_PAYLOAD_BYTES,
            )
          ).json;
    return new DeliveredEvent(newId(), type.id, new Date().toISOString(), payloadJson, tenant);
  }

  private async stored(id: string, scope: TenantScope): Promise<DeliveredEvent> {
    const { rows } = isId(id)
      ? await this.pool.query<StoredRow>(
          `SELECT type, tenant, occurred_at, payload::text AS payload FROM ${this.events}
           WHERE id = $1 AND ($2::text IS NULL OR tenant = $2)`,
          [id, scope === 'all' ? null : scope.tenant],
        )
      : { rows: [] };
    const [row] = rows;
    if (!row) throw new NotFoundError('event', id);
    if (row.payload === null) {
      throw new InvalidInputError([{ field: 'eventId', message: 'its payload was removed' }]);
    }
    const occurredAt = row.occurred_at.toISOString();
    return new DeliveredEvent(id, row.type, occurredAt, row.payload, row.tenant || null);
  }

  private firstOf(patterns: readonly string[]): string {
    const first = this.types
      .ids()
      .find((id) => patterns.some((pattern) => patternMatches(pattern, id)));
    if (first !== undefined) return first;
    const message = 'name one: none of the subscription’s events is registered';
    throw new InvalidInputError([{ field: 'eventType', message }]);
  }
}

interface StoredRow {
  readonly type: string;
  readonly tenant: string;
  readonly occurred_at: Date;
  /** Null: it was removed. */
  readonly payload: string | null;
}
