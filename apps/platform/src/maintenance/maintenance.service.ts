import {
  BadRequestException,
  ConflictException,
  Injectable,
  NotFoundException,
} from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { MemoryCollection } from '../memory/memory-collection.js';
import { demoId } from '../settings/demo-id.js';
import { PlatformAddress } from '../settings/platform-address.js';
import type { PlanMaintenance, UpdateMaintenance } from './maintenance.dto.js';
import type { Maintenance } from './maintenance.js';

@Injectable()
export class MaintenanceService {
  private readonly all = new MemoryCollection<Maintenance>();

  constructor(
    private readonly emitter: EventEmitter2,
    private readonly address: PlatformAddress,
  ) {}

  list(): Maintenance[] {
    return this.all.list(100);
  }

  get(id: string): Maintenance {
    return found(this.all.get(id), id);
  }

  async plan({ title, plannedFrom, plannedTo }: PlanMaintenance): Promise<Maintenance> {
    const id = demoId('mnt');
    const period = periodOf(plannedFrom, plannedTo);
    return this.all.change(id, () =>
      this.announce('maintenance.created', {
        id,
        title,
        status: 'planned',
        ...period,
        startedAt: null,
        completedAt: null,
        link: this.address.linkTo(`/maintenance/${id}`),
      }),
    );
  }

  async update(id: string, changes: UpdateMaintenance): Promise<Maintenance> {
    return this.change(id, 'maintenance.updated', (current) => {
      if (current.status === 'completed') throw new ConflictException('It is completed');
      const { title, plannedFrom, plannedTo } = changes;
      return {
        title: title ?? current.title,
        ...periodOf(plannedFrom ?? current.plannedFrom, plannedTo ?? current.plannedTo),
      };
    });
  }

  async start(id: string): Promise<Maintenance> {
    return this.change(id, 'maintenance.started', ({ status }) => {
      if (status !== 'planned') throw new ConflictException(`It is ${status}`);
      return { status: 'running', startedAt: new Date().toISOString() };
    });
  }

  async complete(id: string): Promise<Maintenance> {
    return this.change(id, 'maintenance.completed', ({ status }) => {
      if (status !== 'running') throw new ConflictException(`It is ${status}`);
      return { status: 'completed', completedAt: new Date().toISOString() };
    });
  }

  private change(
    id: string,
    hook: string,
    changesOf: (maintenance: Maintenance) => Partial<Maintenance>,
  ): Promise<Maintenance> {
    return this.all.change(id, async (current) => {
      const maintenance = found(current, id);
      return this.announce(hook, { ...maintenance, ...changesOf(maintenance) });
    });
  }

  /** Resolves once the event is durable. */
  private async announce(hook: string, maintenance: Maintenance): Promise<Maintenance> {
    await this.emitter.emitAsync(hook, maintenance);
    return maintenance;
  }
}

function found(maintenance: Maintenance | undefined, id: string): Maintenance {
  if (!maintenance) throw new NotFoundException(`No maintenance '${id}'`);
  return maintenance;
}

function periodOf(from: string, to: string): Pick<Maintenance, 'plannedFrom' | 'plannedTo'> {
  const [begin, end] = [new Date(from), new Date(to)];
  if (end <= begin) throw new BadRequestException('plannedTo must be after plannedFrom');
  return { plannedFrom: begin.toISOString(), plannedTo: end.toISOString() };
}
