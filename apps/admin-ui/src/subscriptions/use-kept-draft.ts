import { useEffect, useMemo, useState } from 'react';
import type { SubscriptionDraft } from './subscription-draft';

const PREFIX = 'nest-integrations-draft:';

interface Kept {
  /** Of the subscription that the draft was begun from: another one has been changed since. */
  readonly revision: number;
  readonly draft: SubscriptionDraft;
}

/**
 * What was typed outlives a reload and an ended session, in this tab. What is read was written by an
 * earlier page of ours; a draft of another revision is not offered.
 */
export function useKeptDraft(name: string, revision: number) {
  const key = PREFIX + name;
  const [found] = useState(() => read(key, revision));
  return useMemo(
    () => ({
      found,
      keep: (draft: SubscriptionDraft) => write(key, { revision, draft }),
      forget: () => remove(key),
    }),
    [found, key, revision],
  );
}

/** Asks before the tab is closed while there is something to lose. */
export function useLeaveWarning(isDirty: boolean): void {
  useEffect(() => {
    if (!isDirty) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [isDirty]);
}

function read(key: string, revision: number): SubscriptionDraft | null {
  try {
    const text = sessionStorage.getItem(key);
    if (text === null) return null;
    const kept = JSON.parse(text) as Kept;
    return kept.revision === revision ? kept.draft : null;
  } catch {
    return null;
  }
}

/** Storage may be refused or full: then a reload begins anew. */
function write(key: string, kept: Kept): void {
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
