import type { EntityManager } from 'typeorm';
import { WAS_DISABLED } from '../../subscriptions/subscription-stopped.js';
import type { ErasableEvent } from './payload.rows.js';

/** A status alone quotes nobody: the alarm of an outage is not called off for it. */
const QUOTES_NOBODY = '^HTTP [0-9]{3}( \\(gone\\))?$';
/** What the engine tells of a subscription, with the reason of an attempt. */
const TELL_REASONS = ['integration.subscription.failing', 'integration.subscription.disabled'];

interface Quote {
  readonly subscription_id: string;
  readonly reason: string;
}

interface ErasedDeliveries {
  readonly event: ErasableEvent;
  readonly deliveryIds: readonly string[];
}

/**
 * The reasons for which deliveries failed, where they are told of their subscriptions: they may quote
 * what was to be said. A reason that is kept elsewhere may be cut, so they begin alike.
 */
export class QuotedReasons {
  constructor(
    private readonly manager: EntityManager,
    private readonly schema: string,
  ) {}

  /** Replaces them; returns the events that tell them, locked. To be called while the attempts still do. */
  async erase({ event, deliveryIds }: ErasedDeliveries, by: string): Promise<ErasableEvent[]> {
    const quotes: Quote[] = await this.manager.query(
      `SELECT DISTINCT d.subscription_id, l.error AS reason
       FROM ${this.schema}.deliveries d JOIN ${this.schema}.delivery_logs l ON l.delivery_id = d.id
       WHERE d.id = ANY($1::uuid[]) AND l.error <> '' AND l.error !~ $2`,
      [deliveryIds, QUOTES_NOBODY],
    );
    if (quotes.length === 0) return [];
    const given = [quotes.map((each) => each.subscription_id), quotes.map((each) => each.reason)];
    await this.replaceLastFailures(given, by);
    await this.replaceDisabledReasons(given, by);
    return this.eventsThatTell(event, given);
  }

  private async replaceLastFailures(given: readonly string[][], by: string): Promise<void> {
    await this.manager.query(
      `UPDATE ${this.schema}.integration_subscription_health h SET last_failure = $3
       FROM ${QUOTES} WHERE h.subscription_id = q.subscription_id AND ${quotedIn('h.last_failure')}`,
      [...given, by],
    );
  }

  /** Why a subscription was disabled stands in its row, in the audit log and in what was cancelled with it. */
  private async replaceDisabledReasons(given: readonly string[][], by: string): Promise<void> {
    await this.manager.query(
      `UPDATE ${this.schema}.integration_subscriptions s SET disabled_reason = $3
       FROM ${QUOTES} WHERE s.id = q.subscription_id AND ${quotedIn('s.disabled_reason')}`,
      [...given, by],
    );
    await this.manager.query(
      `UPDATE ${this.schema}.deliveries d SET last_error = $3
       FROM ${QUOTES} WHERE d.subscription_id = q.subscription_id AND d.state = 'cancelled'
         AND ${quotedIn(`substr(d.last_error, length($4::text) + 1)`)} AND starts_with(d.last_error, $4::text)`,
      [...given, by, `${WAS_DISABLED}: `],
    );
    await this.replaceInAuditLog(given, by);
  }

  /** Its trigger lets nobody rewrite history by a slip: this one means it. */
  private async replaceInAuditLog(given: readonly string[][], by: string): Promise<void> {
    await this.manager.query(`SET LOCAL nest_integrations.audit_removal = 'on'`);
    for (const side of ['before', 'after']) {
      await this.manager.query(
        `UPDATE ${this.schema}.integration_audit_log a
         SET ${side} = (a.${side}::jsonb || jsonb_build_object('disabledReason', $3::text))::json
         FROM ${QUOTES} WHERE a.subject_id = q.subscription_id::text
           AND a.subject_type = 'subscription' AND ${quotedIn(`a.${side}->>'disabledReason'`)}`,
        [...given, by],
      );
    }
    await this.manager.query(`SET LOCAL nest_integrations.audit_removal = 'off'`);
  }

  private async eventsThatTell(
    { id, tenant }: ErasableEvent,
    given: readonly string[][],
  ): Promise<ErasableEvent[]> {
    return this.manager.query(
      `SELECT e.id, e.tenant, e.type, e.idempotency_key FROM ${this.schema}.integration_events e
       WHERE e.tenant = $3 AND e.type = ANY($4::text[]) AND e.id > $5 AND EXISTS (
         SELECT FROM ${QUOTES} WHERE e.payload->'subscription'->>'id' = q.subscription_id::text
           AND ${quotedIn(`e.payload->>'reason'`)})
       ORDER BY e.id FOR UPDATE OF e`,
      [...given, tenant, TELL_REASONS, id],
    );
  }
}

const QUOTES = 'unnest($1::uuid[], $2::text[]) AS q(subscription_id, reason)';

function quotedIn(told: string): string {
  return `(${told} <> '' AND (starts_with(q.reason, ${told}) OR starts_with(${told}, q.reason)))`;
}
