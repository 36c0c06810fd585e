import { z } from 'zod';

const common = { id: z.string(), tenant: z.string().nullable(), at: z.string() };

/** What the triggers notify. */
const notified = z.discriminatedUnion('type', [
  z.object({ type: z.literal('subscription'), ...common, change: z.string() }),
  z.object({ type: z.literal('connection'), ...common, change: z.string() }),
  z.object({
    type: z.literal('replay'),
    ...common,
    state: z.string(),
    done: z.number(),
    total: z.number().nullable(),
  }),
]);

export type NotifiedChange = z.infer<typeof notified>;

/** Somebody looks: tell of deliveries. */
export const WATCHED = 'watched';
/** More deliveries have changed than could be told. */
export const MISSED = 'missed';
const DELIVERIES = 'deliveries:';
/** A notification holds 8,000 bytes. */
export const IDS_PER_MESSAGE = 200;

export function deliveriesMessage(ids: readonly string[]): string {
  return DELIVERIES + ids.join(',');
}

export type LiveMessage =
  | { readonly kind: 'watched' | 'missed' | 'unknown' }
  | { readonly kind: 'deliveries'; readonly ids: readonly string[] }
  | { readonly kind: 'change'; readonly change: NotifiedChange };

/** An older or newer process may say what this one does not know. */
export function readLiveMessage(message: string): LiveMessage {
  if (message === WATCHED) return { kind: 'watched' };
  // Empty: the connection was away, and what was said meanwhile is not repeated.
  if (message === MISSED || message === '') return { kind: 'missed' };
  if (message.startsWith(DELIVERIES)) {
    return { kind: 'deliveries', ids: message.slice(DELIVERIES.length).split(',') };
  }
  try {
    const { success, data } = notified.safeParse(JSON.parse(message));
    return success ? { kind: 'change', change: data } : { kind: 'unknown' };
  } catch {
    return { kind: 'unknown' };
  }
}
