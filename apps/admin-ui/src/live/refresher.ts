import type { QueryClient } from '@tanstack/react-query';
import type { Stale } from './stale-by';

/** Makes answers stale at a bounded rate; while it is held, it only counts. */
export class Refresher {
  private readonly lastAt = new Map<string, number>();
  private readonly planned = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly withheld = new Map<string, Stale>();
  private isHeld = false;

  constructor(private readonly client: QueryClient) {}

  hold(): void {
    this.isHeld = true;
  }

  release(): void {
    this.isHeld = false;
    const withheld = [...this.withheld.values()];
    this.withheld.clear();
    for (const stale of withheld) this.refresh(stale);
  }

  refresh(stale: Stale): void {
    const name = JSON.stringify(stale.key);
    if (this.isHeld) {
      this.withheld.set(name, stale);
      return;
    }
    if (this.planned.has(name)) return;
    const dueAt = (this.lastAt.get(name) ?? 0) + stale.everyMs;
    const timer = setTimeout(
      () => {
        this.planned.delete(name);
        this.lastAt.set(name, Date.now());
        void this.client.invalidateQueries({ queryKey: stale.key });
      },
      Math.max(0, dueAt - Date.now()),
    );
    this.planned.set(name, timer);
  }
}
