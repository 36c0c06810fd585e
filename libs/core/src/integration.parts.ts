import { Injectable } from '@nestjs/common';
import { DeliveryGate } from './deliveries/gate/delivery.gate.js';
import { DeliverySweep } from './deliveries/delivery.sweep.js';
import { DeliveryWorker } from './deliveries/delivery.worker.js';
import { EventAcceptor } from './deliveries/event.acceptor.js';
import { EventListener } from './events/event.listener.js';
import { DatabaseProbe } from './health/database.probe.js';
import { OutboundHttp } from './http/outbound-http.js';
import { EventTransformer } from './transformations/event.transformer.js';
import { Notifications } from './persistence/notifications.js';
import { WorkerPresence } from './workers/worker.presence.js';
import { DeliveryQueue } from './queue/delivery-queue.js';

/** The engine's moving parts. */
@Injectable()
export class IntegrationParts {
  constructor(
    readonly listener: EventListener,
    readonly acceptor: EventAcceptor,
    readonly queue: DeliveryQueue,
    readonly worker: DeliveryWorker,
    readonly sweep: DeliverySweep,
    readonly gate: DeliveryGate,
    readonly notifications: Notifications,
    readonly http: OutboundHttp,
    readonly transformer: EventTransformer,
    readonly probe: DatabaseProbe,
    readonly presence: WorkerPresence,
  ) {}
}
