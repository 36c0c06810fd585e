import { keepPreviousData, useQuery, type QueryKey } from '@tanstack/react-query';
import { useCallback } from 'react';
import { useLocation, useSearchParams } from 'react-router';
import type { Page } from '../api/types';
import { CURSOR } from './use-url-filters';

interface KeysetQuery<Item> {
  /** Its name with all filters: `keys.deliveries(filters)`; the cursor is added. */
  readonly key: QueryKey;
  readonly fetch: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<Item>>;
}

export interface KeysetPage<Item> {
  /** Names the page: its list, its filters, its cursor. */
  readonly view: string;
  readonly items: readonly Item[] | undefined;
  readonly error: Error | null;
  /** Another page or filter is being loaded over what is shown. */
  readonly isStale: boolean;
  readonly isFirst: boolean;
  readonly hasNext: boolean;
  readonly retry: () => void;
  readonly next: () => void;
  readonly previous: () => void;
  readonly first: () => void;
}

/**
 * A page of a list, as the address says: its cursor is part of it. The way back is kept in the history
 * entry; whoever came by a link goes back to the first page.
 */
export function useKeysetPage<Item>({ key, fetch }: KeysetQuery<Item>): KeysetPage<Item> {
  const [parameters, setParameters] = useSearchParams();
  const location = useLocation();
  const cursor = parameters.get(CURSOR);
  const trail = trailOf(location.state);
  const queryKey = [...key, { cursor }];
  const query = useQuery({
    queryKey,
    queryFn: ({ signal }) => fetch(cursor ?? undefined, signal),
    placeholderData: keepPreviousData,
  });

  const goTo = useCallback(
    (to: string | null, newTrail: readonly (string | null)[]) => {
      setParameters(
        (before) => {
          const after = new URLSearchParams(before);
          if (to === null) after.delete(CURSOR);
          else after.set(CURSOR, to);
          return after;
        },
        { state: { trail: newTrail } },
      );
    },
    [setParameters],
  );

  const nextCursor = query.data?.nextCursor ?? null;
  return {
    view: JSON.stringify(queryKey),
    items: query.data?.items,
    error: query.error,
    isStale: query.isPlaceholderData,
    isFirst: cursor === null,
    hasNext: nextCursor !== null,
    retry: () => void query.refetch(),
    next: () => goTo(nextCursor, [...trail, cursor]),
    previous: () => goTo(trail.at(-1) ?? null, trail.slice(0, -1)),
    first: () => goTo(null, []),
  };
}

function trailOf(state: unknown): readonly (string | null)[] {
  if (typeof state !== 'object' || state === null || !('trail' in state)) return [];
  const { trail } = state;
  return Array.isArray(trail) ? trail.map((one) => (typeof one === 'string' ? one : null)) : [];
}
