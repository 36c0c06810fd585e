import { Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
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
  private readonly systems = new Map<string, SystemHealth>();

  constructor(
    private readonly emitter: EventEmitter2,
    private readonly address: PlatformAddress,
  ) {}

  list(): SystemHealth[] {
    return [...this.systems.values()];
  }

  /** Answers once the event of a change is durable. */
  async report({ systemId, level, reason, systemName }: HealthReport): Promise<SystemHealth> {
    const known = this.systems.get(systemId);
    const previousLevel = known?.level ?? 'healthy';
    const hook = hookOf(previousLevel, level);
    if (known && hook === null) return known;
    const health: SystemHealth = {
      system: { id: systemId, name: systemName ?? known?.system.name ?? systemId },
      level,
      previousLevel,
      reason: reason ?? null,
      changedAt: new Date().toISOString(),
      link: this.address.linkTo(`/health-checks/${encodeURIComponent(systemId)}`),
    };
    if (hook !== null) await this.emitter.emitAsync(hook, health);
    this.systems.set(systemId, health);
    return health;
  }
}
