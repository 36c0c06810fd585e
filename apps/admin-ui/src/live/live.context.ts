import { createContext, useContext, useEffect, useEffectEvent } from 'react';
import type { LiveMessage } from './live-message';
import type { Connection } from './live-stream';

export type LiveListener = (message: LiveMessage) => void;

export interface Live {
  readonly connection: Connection;
  readonly isPaused: boolean;
  /** Messages that came since the pause. */
  readonly withheld: number;
  pause(): void;
  resume(): void;
  /** Returns what ends it. */
  listen(listener: LiveListener): () => void;
}

export const LiveContext = createContext<Live | null>(null);

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error('useLive is for components below LiveProvider');
  return live;
}

/** For what is more than a stale answer: a toast, a row that lights up. */
export function useLiveMessages(listener: LiveListener): void {
  const { listen } = useLive();
  const onMessage = useEffectEvent(listener);
  useEffect(() => listen((message) => onMessage(message)), [listen]);
}
