import type { QueryKey } from '@tanstack/react-query';
import type { LiveMessage } from './live-message';

export interface Stale {
  readonly key: QueryKey;
  /** At most one new answer in this time, however much happens. */
  readonly everyMs: number;
}

const SOON = 1_000;
const NOW_AND_THEN = 5_000;

/** What is no longer true once a message has come. */
export function staleBy({ type, id, eventId }: LiveMessage): readonly Stale[] {
  switch (type) {
    case 'delivery':
      return [
        { key: ['deliveries', 'list'], everyMs: SOON },
        ...(id === null ? [] : [{ key: ['deliveries', 'one', id], everyMs: SOON }]),
        ...(eventId === null ? [] : [{ key: ['events', 'one', eventId], everyMs: SOON }]),
        { key: ['events', 'list'], everyMs: SOON },
        { key: ['overview'], everyMs: NOW_AND_THEN },
        { key: ['workers'], everyMs: NOW_AND_THEN },
        { key: ['subscriptions', 'activity'], everyMs: NOW_AND_THEN },
      ];
    case 'subscription':
      return [
        { key: ['subscriptions'], everyMs: SOON },
        { key: ['overview'], everyMs: NOW_AND_THEN },
      ];
    case 'replay':
      return [{ key: ['replays'], everyMs: SOON }];
    case 'connection':
      return [{ key: ['connections'], everyMs: SOON }];
    case 'reset':
      return [{ key: [], everyMs: SOON }];
  }
}
