import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import type { Pool } from 'pg';
import { PayloadCache } from '../deliveries/payload.cache.js';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../integration-options.js';
import { INTEGRATION_POOL } from '../persistence/integration-data-source.token.js';
import { ensurePartitions } from '../persistence/partition.keeper.js';
import { ErasureRunner } from './erasure/erasure.runner.js';
import { ErasureStore } from './erasure/erasure.store.js';
import { HistoryRetention } from './history.retention.js';

/** How often to look for erasures that another process left unfinished, and for payloads kept too long. */
const TICK_MS = 5_000;
/** After a start, which has better things to do first. */
const FIRST_RUN_AFTER_MS = 60_000;

/**
 * Keeps history within its bounds, in whichever process comes first: partitions ahead, retention,
 * erasures. An error is logged, and the next run tries again.
 */
@Injectable()
export class HistoryKeeper implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('IntegrationHistory');
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | null = null;
  private keeping: Promise<void> | null = null;
  private erasing: Promise<void> | null = null;
  private nextRunAt = 0;

  constructor(
    @Inject(INTEGRATION_POOL) private readonly pool: Pool,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedIntegrationOptions,
    private readonly retention: HistoryRetention,
    private readonly erasures: ErasureStore,
    private readonly eraser: ErasureRunner,
    private readonly payloads: PayloadCache,
  ) {}

  onApplicationBootstrap(): void {
    const { intervalMs } = this.options.history;
    this.nextRunAt = performance.now() + Math.min(FIRST_RUN_AFTER_MS, intervalMs);
    this.timer = setInterval(() => this.tick(), Math.min(TICK_MS, intervalMs));
  }

  /** What is under way stops after its batch; the next start goes on with it. */
  async onModuleDestroy(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    this.stopping.abort();
    await Promise.all([this.keeping, this.erasing]);
  }

  /** Does what was asked for now, rather than at the next tick. */
  eraseSoon(): void {
    if (this.stopping.signal.aborted) return;
    // One under way has read its list: what came since is done after it.
    const before = this.erasing ?? Promise.resolve();
    const erasing = before.then(() => this.safely('erasure', () => this.erase()));
    this.erasing = erasing;
    void erasing.then(() => {
      if (this.erasing === erasing) this.erasing = null;
    });
  }

  private tick(): void {
    this.payloads.dropAged();
    if (!this.erasing) this.eraseSoon();
    if (this.keeping || performance.now() < this.nextRunAt) return;
    this.nextRunAt = performance.now() + this.options.history.intervalMs;
    this.keeping = this.safely('retention', () => this.keep()).finally(() => (this.keeping = null));
  }

  private async keep(): Promise<void> {
    const now = new Date();
    await ensurePartitions(this.pool, this.options.database.schema, now);
    await this.retention.run(now, this.stopping.signal);
  }

  private async erase(): Promise<void> {
    if (await this.erasures.isAnyRunning()) await this.eraser.run(this.stopping.signal);
  }

  private async safely(task: string, run: () => Promise<void>): Promise<void> {
    try {
      if (!this.stopping.signal.aborted) await run();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.error({ event: 'history.failed', task, reason });
    }
  }
}
