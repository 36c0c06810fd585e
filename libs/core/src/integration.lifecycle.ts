import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { EngineState } from './health/engine.state.js';
import { ShutdownBudget } from './health/shutdown.budget.js';
import { EventTypeExplorer } from './events/event-type.explorer.js';
import { IntegrationSetupError } from './integration.error.js';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from './integration-options.js';
import {
  INTEGRATION_DATA_SOURCE,
  INTEGRATION_POOL,
} from './persistence/integration-data-source.token.js';
import { IntegrationParts } from './integration.parts.js';
import { ProviderExplorer } from './providers/provider.explorer.js';

/** What stopping the parts, and closing what is open, may take beyond the grace time. */
const STOP_WITHIN_MS = 10_000;
const CLOSE_WITHIN_MS = 10_000;

/** Starts and stops the engine's parts in their order. */
@Injectable()
export class IntegrationLifecycle
  implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown
{
  private readonly logger = new Logger('IntegrationModule');

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedIntegrationOptions,
    @Inject(INTEGRATION_POOL) private readonly pool: Pool,
    @Inject(INTEGRATION_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly eventTypes: EventTypeExplorer,
    private readonly providers: ProviderExplorer,
    private readonly parts: IntegrationParts,
    private readonly state: EngineState,
  ) {}

  /** Listens early: what hosts emit in their own bootstrap hooks is heard. */
  async onModuleInit(): Promise<void> {
    const problems = [...this.eventTypes.explore(), ...this.providers.explore()];
    if (problems.length > 0) throw new IntegrationSetupError(problems);
    await this.parts.notifications.start();
    this.parts.listener.attach();
  }

  async onApplicationBootstrap(): Promise<void> {
    const { worker, queue, gate, sweep, presence } = this.parts;
    if (this.options.worker.enabled) {
      worker.start();
      await queue.start(worker);
      gate.start();
      sweep.start();
      presence.start();
    }
    this.state.phase = 'running';
  }

  /** The first phase of a shutdown: nothing new is begun, what is under way ends or is given back. */
  async onModuleDestroy(): Promise<void> {
    this.state.phase = 'stopping';
    const { sweep, gate, queue, worker, presence } = this.parts;
    const { shutdownGraceMs } = this.options.worker;
    const budget = new ShutdownBudget(this.logger, shutdownGraceMs + STOP_WITHIN_MS);
    await budget.spend('gate', () => gate.stop());
    await budget.spend('queue', () => queue.stop());
    await budget.spend('worker', async () => {
      const givenBack = await worker.drain(shutdownGraceMs);
      // Whoever still works takes them up now, not when the sweep comes by.
      if (givenBack.length > 0) queue.announce(givenBack.map((id) => ({ id, inMs: 0 })));
    });
    await budget.spend('sweep', () => sweep.stop());
    await budget.spend('presence', () => presence.stop());
  }

  /** The last phase: no request can publish any more, so what was emitted can be waited for. */
  async onApplicationShutdown(): Promise<void> {
    const { listener, acceptor, notifications, http, transformer, probe } = this.parts;
    const budget = new ShutdownBudget(this.logger, CLOSE_WITHIN_MS);
    listener.detach();
    await budget.spend('emitted events', () => listener.drain());
    await budget.spend('accepted events', () => acceptor.drain());
    await budget.spend('notifications', () => notifications.stop());
    await budget.spend('outbound http', () => http.close());
    await budget.spend('transformations', () => transformer.close());
    await budget.spend('admin connections', () => this.dataSource.destroy());
    await budget.spend('connections', () => this.pool.end());
    await budget.spend('health connection', () => probe.close());
  }
}
