/** Moments closer than this are one. */
const TICK_MS = 5;
/** What is further in the future than these is left to the poll. */
const MAX_TIMES = 1_000;

/** When known deliveries fall due, by `performance.now()`. */
export class WakeTimes {
  /** Ascending. */
  private readonly ticks: number[] = [];

  /** Infinity: none is known. */
  get next(): number {
    const [tick] = this.ticks;
    return tick === undefined ? Infinity : tick * TICK_MS;
  }

  add(at: number): void {
    const tick = Math.ceil(at / TICK_MS);
    let index = this.ticks.length;
    while (index > 0 && (this.ticks[index - 1] ?? 0) > tick) index--;
    if (this.ticks[index - 1] === tick) return;
    this.ticks.splice(index, 0, tick);
    if (this.ticks.length > MAX_TIMES) this.ticks.pop();
  }

  /** Forgets what has come. */
  dropUntil(now: number): void {
    const firstLater = this.ticks.findIndex((tick) => tick * TICK_MS > now);
    this.ticks.splice(0, firstLater < 0 ? this.ticks.length : firstLater);
  }
}
