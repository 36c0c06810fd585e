import { IntegrationEvent } from '@nest-integrations/core';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';

export const catalogSystemSchema = z.object({
  id: z.string().describe('The system’s id'),
  name: z.string().describe('The system’s name'),
  owner: z.string().describe('The team that runs it'),
  link: z.url().describe('Page of the system in the platform'),
  createdAt: z.iso.datetime().describe('When it was added'),
});

export type CatalogSystem = z.output<typeof catalogSystemSchema>;

const exampleSystem: CatalogSystem = {
  id: 'sys_2Jx0',
  name: 'Checkout',
  owner: 'Payments',
  link: 'http://localhost:3000/catalog/systems/sys_2Jx0',
  createdAt: '2026-11-23T09:30:00.000Z',
};

const systemEvent = {
  category: 'Catalog',
  payload: catalogSystemSchema,
  example: exampleSystem,
} as const;

/** What the world may know of the catalog. */
@Injectable()
export class CatalogIntegrationEvents {
  @IntegrationEvent({
    ...systemEvent,
    hook: 'catalog.system.created',
    displayName: 'System added to the catalog',
  })
  systemCreated(system: CatalogSystem): CatalogSystem {
    return system;
  }

  @IntegrationEvent({
    ...systemEvent,
    hook: 'catalog.system.deleted',
    displayName: 'System removed from the catalog',
  })
  systemDeleted(system: CatalogSystem): CatalogSystem {
    return system;
  }
}
