import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { IntegrationCounters } from '../deliveries/integration.counters.js';
import { DeliveryTracer } from '../telemetry/delivery.tracer.js';
import { traceIdOf } from '../telemetry/trace-context.js';
import { AcceptFailedError, IntegrationSetupError } from '../integration.error.js';
import type { BoundEventType } from './event-type.js';
import { EventTypeRegistry } from './event-type.registry.js';
import { IntegrationPublisher } from './integration.publisher.js';

/** Hears the domain's hooks on Nest's event emitter and publishes what they carry. */
@Injectable()
export class EventListener {
  private readonly logger = new Logger('IntegrationEvents');
  private readonly attached: { hook: string; listener: (payload: unknown) => Promise<unknown> }[] =
    [];
  private readonly underWay = new Set<Promise<unknown>>();

  constructor(
    @Optional() @Inject(EventEmitter2) private readonly emitter: EventEmitter2 | null,
    private readonly registry: EventTypeRegistry,
    private readonly publisher: IntegrationPublisher,
    private readonly counters: IntegrationCounters,
    private readonly tracer: DeliveryTracer,
  ) {}

  /** Raw listeners, not `@OnEvent`: that one swallows errors, and attaches too late for bootstrap hooks. */
  attach(): void {
    if (!this.emitter) {
      throw new IntegrationSetupError([
        'Nest’s event emitter is missing: import EventEmitterModule.forRoot() in the root module',
      ]);
    }
    for (const type of this.registry.bound()) {
      const listener = (payload: unknown) => this.hear(type, payload);
      this.emitter.on(type.hook, listener);
      this.attached.push({ hook: type.hook, listener });
    }
  }

  detach(): void {
    for (const { hook, listener } of this.attached.splice(0)) this.emitter?.off(hook, listener);
  }

  /** Resolves once everything heard so far is durable or reported. */
  async drain(): Promise<void> {
    while (this.underWay.size > 0) await Promise.allSettled(this.underWay);
  }

  private hear(type: BoundEventType, payload: unknown): Promise<unknown> {
    const published = this.publisher.publishAs(type, payload);
    this.underWay.add(published);
    // emit() drops this promise, so the failure is reported here; emitAsync() still sees it reject.
    published
      .catch((error: unknown) => this.report(type, error))
      .finally(() => this.underWay.delete(published));
    return published;
  }

  private report(type: BoundEventType, error: unknown): void {
    this.counters.notAccepted++;
    this.logger.error({
      event: 'event.not_accepted',
      eventType: type.id,
      eventId: error instanceof AcceptFailedError ? error.eventId : null,
      traceId: traceIdOf(this.tracer.current()),
      reason: error instanceof Error ? error.message : String(error),
    });
  }
}
