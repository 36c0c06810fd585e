import { ConflictException, Injectable, NotFoundException } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { demoId } from '../settings/demo-id.js';
import { PlatformAddress } from '../settings/platform-address.js';
import type { CreateIncident, UpdateIncident } from './incident.dto.js';
import type { Incident } from './incident.js';

/** The demo keeps its incidents in memory; their events are durable. */
const KEPT = 10_000;

@Injectable()
export class IncidentsService {
  private readonly incidents = new Map<string, Incident>();

  constructor(
    private readonly emitter: EventEmitter2,
    private readonly address: PlatformAddress,
  ) {}

  list(): Incident[] {
    return [...this.incidents.values()].toReversed().slice(0, 100);
  }

  get(id: string): Incident {
    const incident = this.incidents.get(id);
    if (!incident) throw new NotFoundException(`No incident '${id}'`);
    return incident;
  }

  async create({ title, severity, systemName }: CreateIncident): Promise<Incident> {
    const id = demoId('inc');
    const now = new Date().toISOString();
    return this.keep('incident.created', {
      id,
      title,
      severity,
      status: 'open',
      system: systemName === undefined ? null : { id: `sys_${slug(systemName)}`, name: systemName },
      link: this.address.linkTo(`/incidents/${id}`),
      createdAt: now,
      updatedAt: now,
      resolvedAt: null,
      reopenedCount: 0,
    });
  }

  async update(id: string, changes: UpdateIncident): Promise<Incident> {
    const incident = this.get(id);
    return this.keep('incident.updated', { ...incident, ...definedOf(changes), updatedAt: now() });
  }

  async resolve(id: string): Promise<Incident> {
    const incident = this.get(id);
    if (incident.status === 'resolved') throw new ConflictException('It is resolved already');
    const resolvedAt = now();
    return this.keep('incident.resolved', {
      ...incident,
      status: 'resolved',
      updatedAt: resolvedAt,
      resolvedAt,
    });
  }

  async reopen(id: string): Promise<Incident> {
    const incident = this.get(id);
    if (incident.status === 'open') throw new ConflictException('It is open already');
    return this.keep('incident.reopened', {
      ...incident,
      status: 'open',
      updatedAt: now(),
      resolvedAt: null,
      reopenedCount: incident.reopenedCount + 1,
    });
  }

  /** Answers once the event is durable. */
  private async keep(hook: string, incident: Incident): Promise<Incident> {
    await this.emitter.emitAsync(hook, incident);
    this.incidents.set(incident.id, incident);
    const [oldest] = this.incidents.keys();
    if (this.incidents.size > KEPT && oldest !== undefined) this.incidents.delete(oldest);
    return incident;
  }
}

function now(): string {
  return new Date().toISOString();
}

function slug(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}

/** Without the fields that a request left out. */
function definedOf({ title, severity }: UpdateIncident): Partial<Incident> {
  return {
    ...(title === undefined ? {} : { title }),
    ...(severity === undefined ? {} : { severity }),
  };
}
