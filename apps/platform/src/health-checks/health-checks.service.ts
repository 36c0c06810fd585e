import { Injectable, NotFoundException } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { MemoryCollection } from '../memory/memory-collection.js';
import { PlatformAddress } from '../settings/platform-address.js';
import { hookOf, type SystemHealth } from './system-health.js';

export interface HealthReport {
  readonly systemId: string;
  readonly level: SystemHealth['level'];
  readonly reason?: string;
  readonly systemName?: string;
}

@Injectable()
export class HealthChecksService {
  private readonly systems = new MemoryCollection<SystemHealth>();

  constructor(
    private readonly emitter: EventEmitter2,
    private readonly address: PlatformAddress,
  ) {}

  list(): SystemHealth[] {
    return this.systems.list(100);
  }

  get(systemId: string): SystemHealth {
    const health = this.systems.get(systemId);
    if (!health) throw new NotFoundException(`No check of the system '${systemId}' so far`);
    return health;
  }

  /** Answers once the event of a change is durable. */
  async report(report: HealthReport): Promise<SystemHealth> {
    return this.systems.change(report.systemId, async (known) => {
      const previousLevel = known?.level ?? 'healthy';
      const hook = hookOf(previousLevel, report.level);
      if (known && hook === null) return known;
      const health = this.healthOf(report, known);
      if (hook !== null) await this.emitter.emitAsync(hook, health);
      return health;
    });
  }

  private healthOf(
    { systemId, level, reason, systemName }: HealthReport,
    known: SystemHealth | undefined,
  ): SystemHealth {
    return {
      system: { id: systemId, name: systemName ?? known?.system.name ?? systemId },
      level,
      previousLevel: known?.level ?? 'healthy',
      reason: reason ?? null,
      changedAt: new Date().toISOString(),
      link: this.address.linkTo(`/health-checks/${encodeURIComponent(systemId)}`),
    };
  }
}
