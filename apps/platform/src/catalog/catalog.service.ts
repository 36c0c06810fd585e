import { IntegrationPublisher } from '@nest-integrations/core';
import { ConflictException, Injectable, NotFoundException } from '@nestjs/common';
import { DataSource } from 'typeorm';
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

  async create({ name, owner }: { name: string; owner: string }): Promise<CatalogSystem> {
    return this.database.transaction(async (manager) => {
      if (await manager.existsBy(SystemEntity, { name })) {
        throw new ConflictException(`There is a system '${name}' already`);
      }
      const row = manager.create(SystemEntity, {
        id: demoId('sys'),
        name,
        owner,
        createdAt: new Date(),
      });
      await manager.insert(SystemEntity, row);
      const system = this.toSystem(row);
      await this.integrations.publish('catalog.system.created', system, { manager });
      return system;
    });
  }

  async remove(id: string): Promise<void> {
    await this.database.transaction(async (manager) => {
      const row = await manager.findOneBy(SystemEntity, { id });
      if (!row) throw new NotFoundException(`No system '${id}'`);
      await manager.delete(SystemEntity, { id });
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
