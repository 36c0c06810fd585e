import { z } from 'zod';

/** About 1 KB as JSON, like an incident with its links. */
export const benchPayload = z.object({
  id: z.string(),
  title: z.string(),
  severity: z.enum(['low', 'high']),
  sentAtNs: z.string().optional(),
  description: z.string(),
  system: z.object({ id: z.string(), name: z.string(), url: z.string() }),
  labels: z.array(z.string()),
});
export type BenchPayload = z.output<typeof benchPayload>;

const DESCRIPTION = 'The checkout service answers slowly for customers in two regions. '.repeat(10);

export function payloadOf(n: number): BenchPayload {
  return {
    id: `incident-${n}`,
    title: `Checkout is slow (${n})`,
    severity: n % 2 === 0 ? 'low' : 'high',
    description: DESCRIPTION,
    system: { id: 'sys-1', name: 'Checkout', url: 'https://status.example.com/systems/sys-1' },
    labels: ['checkout', 'latency', 'eu-west', 'us-east'],
  };
}
