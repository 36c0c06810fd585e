import { useMemo, useState } from 'react';
import { isEqual } from './is-equal';

/** A stored thing as a form shows it, before anything is typed. */
export interface Begun<Draft> {
  /** 0: there is none yet. */
  readonly revision: number;
  readonly initial: Draft;
}

export interface Kept<Draft> {
  readonly begun: Begun<Draft>;
  readonly draft: Draft;
}

/**
 * What is typed over something that others may change meanwhile. Where nothing was typed, or they changed
 * nothing that the form shows, it follows them; else the reader decides whose stays.
 */
export function useEdited<Draft>(stored: Begun<Draft>, kept: Kept<Draft> | null = null) {
  const [begun, setBegun] = useState(kept?.begun ?? stored);
  const [draft, setDraft] = useState(kept?.draft ?? stored.initial);
  const isDirty = useMemo(() => !isEqual(draft, begun.initial), [draft, begun]);
  const isOutdated = stored.revision > begun.revision;
  const begin = (from: Begun<Draft>) => {
    setBegun(from);
    setDraft(from.initial);
  };
  if (isOutdated && !isDirty) begin(stored);
  else if (isOutdated && isEqual(stored.initial, begun.initial)) setBegun(stored);
  return {
    draft,
    setDraft,
    begun,
    isDirty,
    isOutdated,
    begin,
    /** What was typed stays; saving it replaces what the others saved. */
    keepMine: () => setBegun(stored),
    takeTheirs: () => begin(stored),
  };
}
