import { z } from 'zod';

const days = (most: number) => z.number().int().min(1).max(most);

/** How long what happened is kept. */
export const historyOptions = z
  .strictObject({
    /**
     * Events, deliveries and attempts, in days. They go by the week: none before its days are over,
     * each within a week after. Default 90.
     */
    keepDays: days(3_650).default(90),
    /** Payloads of events whose deliveries are final. Default: as long as the events. */
    keepPayloadDays: days(3_650).optional(),
    /** Bodies of requests and responses. Default: as long as the attempts. */
    keepBodiesDays: days(3_650).optional(),
    /** Idempotency keys: how long a second publish finds the first. Default 7. */
    keepIdempotencyKeysDays: days(365).default(7),
    /** The audit log. Default 365. */
    keepAuditDays: days(36_500).default(365),
    /** Threads that nothing joined any more. Default 365. */
    keepThreadsDays: days(3_650).default(365),
    /** How often to look for what is over, in milliseconds. Default one hour. */
    intervalMs: z.number().int().min(1_000).max(86_400_000).default(3_600_000),
  })
  .superRefine((options, context) => {
    for (const name of ['keepPayloadDays', 'keepBodiesDays'] as const) {
      if ((options[name] ?? 0) <= options.keepDays) continue;
      context.addIssue({
        code: 'custom',
        path: [name],
        message: `must be at most keepDays (${options.keepDays}): they go with their event at the latest`,
      });
    }
  })
  .prefault({});

export type HistoryOptions = z.output<typeof historyOptions>;
