import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../integration-options.js';
import { FailureNotices } from './health/failure.notices.js';
import { SubscriptionHealth } from './health/subscription.health.js';
import { StatisticsRecorder } from '../statistics/statistics.recorder.js';
import { ReplayRunner } from './replay/replay.runner.js';

/**
 * Runs what workers do beside delivering. Replays stop with the workers; health and
 * statistics stop after them, so that their last results are written.
 */
@Injectable()
export class DeliveryUpkeep
  implements OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown
{
  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedIntegrationOptions,
    private readonly health: SubscriptionHealth,
    private readonly notices: FailureNotices,
    private readonly replays: ReplayRunner,
    private readonly statistics: StatisticsRecorder,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.options.worker.enabled) return;
    this.health.start();
    this.notices.start();
    this.replays.start();
    this.statistics.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.replays.stop();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.notices.stop();
    await this.health.stop();
    await this.statistics.stop();
  }
}
