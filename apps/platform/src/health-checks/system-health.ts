import { z } from 'zod';

export const HEALTH_LEVELS = ['healthy', 'degraded', 'unhealthy'] as const;

export const systemHealthSchema = z.object({
  system: z.object({
    id: z.string().describe('The system’s id'),
    name: z.string().describe('The system’s name'),
  }),
  level: z.enum(HEALTH_LEVELS).describe('How the system is now'),
  previousLevel: z.enum(HEALTH_LEVELS).describe('How it was before'),
  reason: z.string().nullable().describe('What the check saw'),
  changedAt: z.iso.datetime().describe('When it changed'),
  link: z.url().describe('The system’s health in the platform'),
});

export type SystemHealth = z.output<typeof systemHealthSchema>;

export const exampleSystemHealth: SystemHealth = {
  system: { id: 'checkout', name: 'Checkout' },
  level: 'degraded',
  previousLevel: 'healthy',
  reason: 'p95 latency is 2.4 s',
  changedAt: '2026-11-23T09:30:00.000Z',
  link: 'http://localhost:3000/health-checks/checkout',
};

/** The hook of a change; null: nothing changed. */
export function hookOf(from: SystemHealth['level'], to: SystemHealth['level']): string | null {
  if (from === to) return null;
  return to === 'healthy' ? 'health.restored' : `health.${to}`;
}
