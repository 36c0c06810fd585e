import {
  BadRequestException,
  ConflictException,
  Injectable,
  NotFoundException,
} from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { demoId } from '../settings/demo-id.js';
import { PlatformAddress } from '../settings/platform-address.js';
import type { PlanMaintenance, UpdateMaintenance } from './maintenance.dto.js';
import type { Maintenance } from './maintenance.js';

@Injectable()
export class MaintenanceService {
  private readonly all = new Map<string, Maintenance>();

  constructor(
    private readonly emitter: EventEmitter2,
    private readonly address: PlatformAddress,
  ) {}

  list(): Maintenance[] {
    return [...this.all.values()].toReversed().slice(0, 100);
  }

  get(id: string): Maintenance {
    const maintenance = this.all.get(id);
    if (!maintenance) throw new NotFoundException(`No maintenance '${id}'`);
    return maintenance;
  }

  async plan({ title, plannedFrom, plannedTo }: PlanMaintenance): Promise<Maintenance> {
    const id = demoId('mnt');
    return this.keep('maintenance.created', {
      id,
      title,
      status: 'planned',
      ...periodOf(plannedFrom, plannedTo),
      startedAt: null,
      completedAt: null,
      link: this.address.linkTo(`/maintenance/${id}`),
    });
  }

  async update(id: string, changes: UpdateMaintenance): Promise<Maintenance> {
    const current = this.get(id);
    if (current.status === 'completed') throw new ConflictException('It is completed');
    return this.keep('maintenance.updated', {
      ...current,
      title: changes.title ?? current.title,
      ...periodOf(
        changes.plannedFrom ?? current.plannedFrom,
        changes.plannedTo ?? current.plannedTo,
      ),
    });
  }

  async start(id: string): Promise<Maintenance> {
    const current = this.get(id);
    if (current.status !== 'planned') throw new ConflictException(`It is ${current.status}`);
    return this.keep('maintenance.started', {
      ...current,
      status: 'running',
      startedAt: new Date().toISOString(),
    });
  }

  async complete(id: string): Promise<Maintenance> {
    const current = this.get(id);
    if (current.status !== 'running') throw new ConflictException(`It is ${current.status}`);
    return this.keep('maintenance.completed', {
      ...current,
      status: 'completed',
      completedAt: new Date().toISOString(),
    });
  }

  /** Answers once the event is durable. */
  private async keep(hook: string, maintenance: Maintenance): Promise<Maintenance> {
    await this.emitter.emitAsync(hook, maintenance);
    this.all.set(maintenance.id, maintenance);
    return maintenance;
  }
}

function periodOf(from: string, to: string): Pick<Maintenance, 'plannedFrom' | 'plannedTo'> {
  const [begin, end] = [new Date(from), new Date(to)];
  if (end <= begin) throw new BadRequestException('plannedTo must be after plannedFrom');
  return { plannedFrom: begin.toISOString(), plannedTo: end.toISOString() };
}
