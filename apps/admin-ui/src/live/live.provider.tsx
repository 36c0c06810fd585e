import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { mounted } from '../api/mounted';
import { LiveContext, type LiveListener } from './live.context';
import { LiveStream, type Connection } from './live-stream';
import { Refresher } from './refresher';
import { staleBy } from './stale-by';

/** A page that nobody sees needs no stream. */
const HIDDEN_AFTER_MS = 30_000;

export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const client = useQueryClient();
  const refresher = useMemo(() => new Refresher(client), [client]);
  const listeners = useRef(new Set<LiveListener>());
  const [connection, setConnection] = useState<Connection>('connecting');
  const [isPaused, setPaused] = useState(false);
  const [withheld, setWithheld] = useState(0);
  const paused = useRef(false);

  useEffect(() => {
    const stream = new LiveStream(`${mounted.api}/stream`, {
      connection: setConnection,
      message: (message) => {
        if (paused.current) setWithheld((count) => count + 1);
        for (const stale of staleBy(message)) refresher.refresh(stale);
        for (const listener of listeners.current) listener(message);
      },
    });
    let timer: ReturnType<typeof setTimeout> | undefined;
    const follow = () => {
      clearTimeout(timer);
      if (document.hidden) timer = setTimeout(() => stream.close(), HIDDEN_AFTER_MS);
      else stream.open();
    };
    follow();
    document.addEventListener('visibilitychange', follow);
    return () => {
      document.removeEventListener('visibilitychange', follow);
      clearTimeout(timer);
      stream.close();
    };
  }, [refresher]);

  const pause = useCallback(() => {
    paused.current = true;
    refresher.hold();
    setPaused(true);
  }, [refresher]);
  const resume = useCallback(() => {
    paused.current = false;
    refresher.release();
    setPaused(false);
    setWithheld(0);
  }, [refresher]);
  const listen = useCallback((listener: LiveListener) => {
    listeners.current.add(listener);
    return () => {
      listeners.current.delete(listener);
    };
  }, []);

  const live = useMemo(
    () => ({ connection, isPaused, withheld, pause, resume, listen }),
    [connection, isPaused, withheld, pause, resume, listen],
  );
  return <LiveContext value={live}>{children}</LiveContext>;
}
