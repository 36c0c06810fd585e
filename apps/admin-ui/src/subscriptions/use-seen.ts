import { useCallback, useEffect, useRef } from 'react';
import type { Subscription } from '../api/types';

/** A subscription as the list last showed it; `undefined`: it never did. */
export type Seen = (id: string) => Subscription | undefined;

/** Remembers what the pages of the list have shown: what is chosen stays chosen beyond its page. */
export function useSeen(items: readonly Subscription[] | undefined): Seen {
  const all = useRef(new Map<string, Subscription>());
  useEffect(() => {
    for (const item of items ?? []) all.current.set(item.id, item);
  }, [items]);
  return useCallback((id) => all.current.get(id), []);
}
