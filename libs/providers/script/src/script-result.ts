import { delivered, rejected, retry, type DeliveryOutcome } from '@nest-integrations/core';
import { z } from 'zod';

const reason = z.string().min(1);

/** What a script may return. */
const resultForm = z.union([
  z.strictObject({
    delivered: z.union([
      z.literal(true),
      z.strictObject({ externalId: z.string().optional(), externalUrl: z.string().optional() }),
    ]),
  }),
  z.strictObject({ retry: reason, afterMs: z.number().min(0).optional() }),
  z.strictObject({ reject: reason }),
]);

/** The outcome that a script returned, as JSON text. A mistake in it is the same the next time. */
export function outcomeOfResult(json: string | null): DeliveryOutcome {
  const parsed = resultForm.safeParse(json === null ? undefined : JSON.parse(json));
  if (!parsed.success) {
    return rejected(
      'The script must return { delivered: true }, { delivered: { externalId, externalUrl } }, { retry: "why", afterMs } or { reject: "why" }',
    );
  }
  const result = parsed.data;
  if ('reject' in result) return rejected(result.reject);
  if ('retry' in result) {
    return retry(result.retry, result.afterMs === undefined ? {} : { afterMs: result.afterMs });
  }
  if (result.delivered === true) return delivered();
  const { externalId, externalUrl } = result.delivered;
  return delivered({
    ...(externalId !== undefined && { externalId }),
    ...(externalUrl !== undefined && { externalUrl }),
  });
}
