import { z } from 'zod';

export const SEVERITIES = ['minor', 'major', 'critical'] as const;
export const INCIDENT_STATUSES = ['open', 'resolved'] as const;

const link = z.url().describe('Page of the incident in the platform');

/** An incident as the domain knows it and emits it. */
export const incidentSchema = z.object({
  id: z.string().describe('The incident’s id'),
  title: z.string().describe('What happened, in a line'),
  severity: z.enum(SEVERITIES).describe('How bad it is'),
  status: z.enum(INCIDENT_STATUSES).describe('Where it stands'),
  system: z
    .object({
      id: z.string().describe('The system’s id'),
      name: z.string().describe('The system’s name'),
    })
    .nullable()
    .describe('The system that is affected'),
  link,
  createdAt: z.iso.datetime().describe('When it began'),
  updatedAt: z.iso.datetime().describe('When it last changed'),
  resolvedAt: z.iso.datetime().nullable().describe('When it ended'),
  reopenedCount: z.number().int().describe('How often it came back'),
});

export type Incident = z.output<typeof incidentSchema>;

export const exampleIncident: Incident = {
  id: 'inc_4Kd91',
  title: 'Checkout is down',
  severity: 'critical',
  status: 'open',
  system: { id: 'sys_checkout', name: 'Checkout' },
  link: 'http://localhost:3000/incidents/inc_4Kd91',
  createdAt: '2026-11-23T09:30:00.000Z',
  updatedAt: '2026-11-23T09:30:00.000Z',
  resolvedAt: null,
  reopenedCount: 0,
};
