import { Injectable } from '@nestjs/common';
import { DeliveredEvent } from '../events/delivered-event.js';
import type { EventEnvelope } from '../events/event-envelope.js';

const MAX_CHARACTERS = 32 * 1024 * 1024;
/** What is here for longer was delivered by another process, or waits for a retry. */
const MAX_AGE_MS = 30_000;

/**
 * Events that this process has just accepted, so that a worker in it need not read them back.
 * Bounded: when it is full, newcomers are left out rather than the oldest, which are delivered first.
 */
@Injectable()
export class PayloadCache {
  private readonly events = new Map<string, { event: DeliveredEvent; keptAt: number }>();
  private characters = 0;

  keep({ id, type, tenant, occurredAt, payloadJson, trace }: EventEnvelope): void {
    if (this.events.has(id)) return;
    const keptAt = performance.now();
    if (this.characters + payloadJson.length > MAX_CHARACTERS)
      this.dropOlderThan(keptAt - MAX_AGE_MS);
    if (this.characters + payloadJson.length > MAX_CHARACTERS) return;
    const event = new DeliveredEvent(id, type, occurredAt, payloadJson, tenant || null, trace);
    this.events.set(id, { event, keptAt });
    this.characters += payloadJson.length;
  }

  get(id: string): DeliveredEvent | undefined {
    return this.events.get(id)?.event;
  }

  drop(id: string): void {
    const kept = this.events.get(id);
    if (!kept) return;
    this.events.delete(id);
    this.characters -= kept.event.payloadJson.length;
  }

  /** What a tenant published: it must not be kept any more. */
  dropTenant(tenant: string): void {
    for (const [id, { event }] of this.events) if (event.tenant === tenant) this.drop(id);
  }

  /** What nobody here has asked for in time. */
  dropAged(): void {
    this.dropOlderThan(performance.now() - MAX_AGE_MS);
  }

  clear(): void {
    this.events.clear();
    this.characters = 0;
  }

  private dropOlderThan(limit: number): void {
    for (const [id, { keptAt }] of this.events) {
      if (keptAt > limit) return;
      this.drop(id);
    }
  }
}
