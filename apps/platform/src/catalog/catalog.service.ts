import { IntegrationPublisher } from '@nest-integrations/core';
import { ConflictException, Injectable, NotFoundException } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { demoId } from '../settings/demo-id.js';
import { PlatformAddress } from '../settings/platform-address.js';
import type { CatalogSystem } from './catalog.integration-events.js';
import { SystemEntity } from './system.entity.js';

/** Systems in a table of the app's own: a system and its event are committed together, or neither. */
@Injectable()
export class CatalogService {
  constructor(
    private readonly database: DataSource,
    private readonly integrations: IntegrationPublisher,
    private readonly address: PlatformAddress,
  ) {}

  async list(): Promise<CatalogSystem[]> {
    const systems = this.database.getRepository(SystemEntity);
    const rows = await systems.find({ order: { name: 'ASC' }, take: 100 });
    return rows.map((row) => this.toSystem(row));
  }

  async get(id: string): Promise<CatalogSystem> {
    const row = await this.database.getRepository(SystemEntity).findOneBy({ id });
    return this.toSystem(found(row, id));
  }

  async create({ name, owner }: { name: string; owner: string }): Promise<CatalogSystem> {
    return this.database.transaction(async (manager) => {
      const row = manager.create(SystemEntity, {
        id: demoId('sys'),
        name,
        owner,
        createdAt: new Date(),
      });
      await insertNew(manager, row);
      const system = this.toSystem(row);
      await this.integrations.publish('catalog.system.created', system, { manager });
      return system;
    });
  }

  async remove(id: string): Promise<void> {
    await this.database.transaction(async (manager) => {
      const row = found(await manager.findOneBy(SystemEntity, { id }), id);
      // Of two requests at once, one removes it, and only that one says so.
      const { affected } = await manager.delete(SystemEntity, { id });
      if (affected === 0) throw notFound(id);
      await this.integrations.publish('catalog.system.deleted', this.toSystem(row), { manager });
    });
  }

  private toSystem({ id, name, owner, createdAt }: SystemEntity): CatalogSystem {
    return {
      id,
      name,
      owner,
      link: this.address.linkTo(`/catalog/systems/${id}`),
      createdAt: createdAt.toISOString(),
    };
  }
}

/** @throws ConflictException where the name is taken, also by a request at the same time */
async function insertNew(manager: EntityManager, row: SystemEntity): Promise<void> {
  const { raw } = await manager
    .createQueryBuilder()
    .insert()
    .into(SystemEntity)
    .values(row)
    .orIgnore()
    .returning('id')
    .execute();
  if (!Array.isArray(raw) || raw.length === 0) {
    throw new ConflictException(`There is a system '${row.name}' already`);
  }
}

function found(row: SystemEntity | null, id: string): SystemEntity {
  if (!row) throw notFound(id);
  return row;
}

function notFound(id: string): NotFoundException {
  return new NotFoundException(`No system '${id}'`);
}
