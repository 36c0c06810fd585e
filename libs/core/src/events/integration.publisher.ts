import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { AcceptedEvent } from '../deliveries/accepted-event.js';
import { EventAcceptor } from '../deliveries/event.acceptor.js';
import { TransactionalAcceptor } from '../deliveries/transactional.acceptor.js';
import { InvalidInputError } from '../integration.error.js';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../integration-options.js';
import { isStoredAsGiven } from '../tenants/stored-text.js';
import { DeliveryTracer } from '../telemetry/delivery.tracer.js';
import { IntegrationDurations } from '../telemetry/integration.durations.js';
import { envelopeOf, type EventEnvelope, type PublishOptions } from './event-envelope.js';
import type { BoundEventType } from './event-type.js';
import { EventTypeRegistry } from './event-type.registry.js';
import { passPayload } from './payload-gate.js';

export interface PublishWithin extends PublishOptions {
  /**
   * The caller's transaction, in the database that holds the events: the event commits or rolls back
   * with the caller's own work, savepoints of nested transactions included.
   */
  readonly manager?: EntityManager;
}

/** The way in: an occurrence is checked, then made durable together with its deliveries. */
@Injectable()
export class IntegrationPublisher {
  constructor(
    private readonly registry: EventTypeRegistry,
    private readonly acceptor: EventAcceptor,
    private readonly transactional: TransactionalAcceptor,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedIntegrationOptions,
    private readonly tracer: DeliveryTracer,
    private readonly durations: IntegrationDurations,
  ) {}

  /**
   * Resolves once the event is durable: committed, or written in the caller's transaction.
   * @throws UnknownEventTypeError, InvalidPayloadError, PayloadTooLargeError, InvalidInputError:
   * nothing was written, and the caller's transaction is as it was
   * @throws AcceptFailedError where the database did not take it; the caller's transaction has then
   * failed too
   */
  async publish(
    eventType: string,
    payload: unknown,
    options: PublishWithin = {},
  ): Promise<AcceptedEvent> {
    return this.publishAs(this.registry.get(eventType), payload, options);
  }

  async publishAs(
    type: BoundEventType,
    payload: unknown,
    options: PublishWithin = {},
  ): Promise<AcceptedEvent> {
    checkOptions(options);
    return this.tracer.publishing(type.id, () => this.accept(type, payload, options));
  }

  private async accept(
    type: BoundEventType,
    payload: unknown,
    { manager, ...options }: PublishWithin,
  ): Promise<AcceptedEvent> {
    const startedAt = performance.now();
    const envelope = await this.envelope(type, payload, options);
    const accepted = manager
      ? await this.transactional.accept(manager, envelope)
      : await this.acceptor.accept(envelope);
    this.durations.accepted(performance.now() - startedAt, manager ? 'caller' : 'own');
    return accepted;
  }

  private async envelope(
    type: BoundEventType,
    payload: unknown,
    options: PublishOptions,
  ): Promise<EventEnvelope> {
    const now = new Date();
    const checked = await passPayload(type, payload, this.options.maxPayloadBytes);
    return envelopeOf(type.id, checked, { ...options, now, trace: this.tracer.current() });
  }
}

const MAX_NAME_LENGTH = 255;

function checkOptions({ tenant, idempotencyKey, occurredAt }: PublishOptions): void {
  checkName('tenant', tenant);
  checkName('idempotencyKey', idempotencyKey);
  if (occurredAt && Number.isNaN(occurredAt.getTime())) {
    throw new InvalidInputError([{ field: 'occurredAt', message: 'is not a valid date' }]);
  }
}

function checkName(field: string, value: string | undefined): void {
  if (value === undefined) return;
  if (value === '' || value.length > MAX_NAME_LENGTH || !isStoredAsGiven(value)) {
    throw new InvalidInputError([
      {
        field,
        message: `must be 1 to ${MAX_NAME_LENGTH} characters, without NUL or half a surrogate pair`,
      },
    ]);
  }
}
