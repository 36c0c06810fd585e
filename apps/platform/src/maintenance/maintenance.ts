import { z } from 'zod';

export const maintenanceSchema = z.object({
  id: z.string().describe('The maintenance’s id'),
  title: z.string().describe('What is done, in a line'),
  status: z.enum(['planned', 'running', 'completed']).describe('Where it stands'),
  plannedFrom: z.iso.datetime().describe('When it is to begin'),
  plannedTo: z.iso.datetime().describe('When it is to end'),
  startedAt: z.iso.datetime().nullable().describe('When it began'),
  completedAt: z.iso.datetime().nullable().describe('When it ended'),
  link: z.url().describe('Page of the maintenance in the platform'),
});

export type Maintenance = z.output<typeof maintenanceSchema>;

export const exampleMaintenance: Maintenance = {
  id: 'mnt_8sK2',
  title: 'Database upgrade',
  status: 'planned',
  plannedFrom: '2026-11-24T02:00:00.000Z',
  plannedTo: '2026-11-24T03:00:00.000Z',
  startedAt: null,
  completedAt: null,
  link: 'http://localhost:3000/maintenance/mnt_8sK2',
};
