import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { EventTypeExplorer } from './events/event-type.explorer.js';
import { IntegrationSetupError } from './integration.error.js';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from './integration-options.js';
import {
  INTEGRATION_DATA_SOURCE,
  INTEGRATION_POOL,
} from './persistence/integration-data-source.token.js';
import { IntegrationParts } from './integration.parts.js';
import { ProviderExplorer } from './providers/provider.explorer.js';

/** Starts and stops the engine's parts in their order. */
@Injectable()
export class IntegrationLifecycle
  implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown
{
  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedIntegrationOptions,
    @Inject(INTEGRATION_POOL) private readonly pool: Pool,
    @Inject(INTEGRATION_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly eventTypes: EventTypeExplorer,
    private readonly providers: ProviderExplorer,
    private readonly parts: IntegrationParts,
  ) {}

  /** Listens early: what hosts emit in their own bootstrap hooks is heard. */
  async onModuleInit(): Promise<void> {
    const problems = [...this.eventTypes.explore(), ...this.providers.explore()];
    if (problems.length > 0) throw new IntegrationSetupError(problems);
    await this.parts.notifications.start();
    this.parts.listener.attach();
  }

  async onApplicationBootstrap(): Promise<void> {
    const { worker, queue, sweep } = this.parts;
    if (!this.options.worker.enabled) return;
    worker.start();
    await queue.start(worker);
    sweep.start();
  }

  /** The first phase of a shutdown: nothing new is begun, what is under way ends or is given back. */
  async onModuleDestroy(): Promise<void> {
    const { sweep, queue, worker } = this.parts;
    await sweep.stop();
    await queue.stop();
    await worker.drain(this.options.worker.shutdownGraceMs);
  }

  /** The last phase: no request can publish any more, so what was emitted can be waited for. */
  async onApplicationShutdown(): Promise<void> {
    const { listener, acceptor, notifications, http } = this.parts;
    listener.detach();
    await listener.drain();
    await acceptor.drain();
    await notifications.stop();
    await http.close();
    await this.dataSource.destroy();
    await this.pool.end();
  }
}
