import { ConflictException, Injectable, NotFoundException } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { MemoryCollection } from '../memory/memory-collection.js';
import { demoId } from '../settings/demo-id.js';
import { PlatformAddress } from '../settings/platform-address.js';
import type { CreateIncident, UpdateIncident } from './incident.dto.js';
import type { Incident } from './incident.js';

/** The demo keeps its incidents in memory; their events are durable. */
@Injectable()
export class IncidentsService {
  private readonly incidents = new MemoryCollection<Incident>();

  constructor(
    private readonly emitter: EventEmitter2,
    private readonly address: PlatformAddress,
  ) {}

  list(): Incident[] {
    return this.incidents.list(100);
  }

  get(id: string): Incident {
    return found(this.incidents.get(id), id);
  }

  async create({ title, severity, systemName }: CreateIncident): Promise<Incident> {
    const id = demoId('inc');
    const createdAt = now();
    return this.incidents.change(id, () =>
      this.announce('incident.created', {
        id,
        title,
        severity,
        status: 'open',
        system:
          systemName === undefined ? null : { id: `sys_${slug(systemName)}`, name: systemName },
        link: this.address.linkTo(`/incidents/${id}`),
        createdAt,
        updatedAt: createdAt,
        resolvedAt: null,
        reopenedCount: 0,
      }),
    );
  }

  async update(id: string, { title, severity }: UpdateIncident): Promise<Incident> {
    return this.change(id, 'incident.updated', (incident) => ({
      title: title ?? incident.title,
      severity: severity ?? incident.severity,
    }));
  }

  async resolve(id: string): Promise<Incident> {
    return this.change(id, 'incident.resolved', ({ status }) => {
      if (status === 'resolved') throw new ConflictException('It is resolved already');
      return { status: 'resolved', resolvedAt: now() };
    });
  }

  async reopen(id: string): Promise<Incident> {
    return this.change(id, 'incident.reopened', ({ status, reopenedCount }) => {
      if (status === 'open') throw new ConflictException('It is open already');
      return { status: 'open', resolvedAt: null, reopenedCount: reopenedCount + 1 };
    });
  }

  private change(
    id: string,
    hook: string,
    changesOf: (incident: Incident) => Partial<Incident>,
  ): Promise<Incident> {
    return this.incidents.change(id, async (current) => {
      const incident = found(current, id);
      return this.announce(hook, { ...incident, updatedAt: now(), ...changesOf(incident) });
    });
  }

  /** Resolves once the event is durable. */
  private async announce(hook: string, incident: Incident): Promise<Incident> {
    await this.emitter.emitAsync(hook, incident);
    return incident;
  }
}

function found(incident: Incident | undefined, id: string): Incident {
  if (!incident) throw new NotFoundException(`No incident '${id}'`);
  return incident;
}

function now(): string {
  return new Date().toISOString();
}

function slug(name: string): string {
  return name.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '-');
}
