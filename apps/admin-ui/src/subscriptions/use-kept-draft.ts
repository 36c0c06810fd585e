import { useMemo, useState } from 'react';
import type { Kept } from '../parts/use-edited';
import type { SubscriptionDraft } from './subscription-draft';

const PREFIX = 'nest-integrations-draft-2:';

type KeptDraft = Kept<SubscriptionDraft>;

/**
 * What was typed outlives a reload and an ended session, in this tab. What is read was written by an
 * earlier page of ours, and knows what it was begun from: others may have saved since.
 */
export function useKeptDraft(name: string) {
  const key = PREFIX + name;
  const [found] = useState(() => read(key));
  return useMemo(
    () => ({
      found,
      keep: (kept: KeptDraft) => write(key, kept),
      forget: () => remove(key),
    }),
    [found, key],
  );
}

function read(key: string): KeptDraft | null {
  try {
    const text = sessionStorage.getItem(key);
    return text === null ? null : (JSON.parse(text) as KeptDraft);
  } catch {
    return null;
  }
}

/** Storage may be refused or full: then a reload begins anew. */
function write(key: string, kept: KeptDraft): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(kept));
  } catch {
    remove(key);
  }
}

function remove(key: string): void {
  try {
    sessionStorage.removeItem(key);
  } catch {
    // Nothing was kept either.
  }
}
