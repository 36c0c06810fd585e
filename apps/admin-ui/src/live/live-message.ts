/** What the stream tells; the API's document has no place for the shape of a stream. */
export const LIVE_TYPES = ['delivery', 'subscription', 'replay', 'connection', 'reset'] as const;
export type LiveType = (typeof LIVE_TYPES)[number];

export interface LiveMessage {
  readonly type: LiveType;
  /** Ids of what it is about, as far as it names them. */
  readonly id: string | null;
  readonly eventId: string | null;
  readonly subscriptionId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

export function toLiveMessage(type: LiveType, text: string): LiveMessage {
  const parsed: unknown = JSON.parse(text === '' ? '{}' : text);
  const data = typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  const named = (name: string): string | null => {
    const value: unknown = Object.entries(data).find(([key]) => key === name)?.[1];
    return typeof value === 'string' ? value : null;
  };
  return {
    type,
    id: named('id'),
    eventId: named('eventId'),
    subscriptionId: named('subscriptionId'),
    data,
  };
}
