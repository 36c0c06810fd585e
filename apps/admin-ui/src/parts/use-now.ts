import { useSyncExternalStore } from 'react';

/** One timer for all that show the time at one pace. */
class Clock {
  private now = Date.now();
  private readonly listeners = new Set<() => void>();
  private timer: ReturnType<typeof setInterval> | null = null;

  constructor(private readonly everyMs: number) {}

  readonly get = (): number => this.now;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    this.now = Date.now();
    this.timer ??= setInterval(() => {
      this.now = Date.now();
      for (const one of this.listeners) one();
    }, this.everyMs);
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size > 0 || this.timer === null) return;
      clearInterval(this.timer);
      this.timer = null;
    };
  };
}

const clocks = { second: new Clock(1_000), calm: new Clock(15_000) };

/** Milliseconds since 1970, moving each second or calmly. */
export function useNow(pace: keyof typeof clocks): number {
  return useSyncExternalStore(clocks[pace].subscribe, clocks[pace].get);
}
