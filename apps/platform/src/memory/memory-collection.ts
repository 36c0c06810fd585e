/** The demo's memory: the entries that came last, by id. Changes of one entry happen in turn. */
export class MemoryCollection<Entry> {
  private readonly entries = new Map<string, Entry>();
  private readonly turns = new Map<string, Promise<unknown>>();

  /** @param most Beyond it the oldest is forgotten. Default 10 000. */
  constructor(private readonly most = 10_000) {}

  /** Newest first. */
  list(limit: number): Entry[] {
    return [...this.entries.values()].slice(-limit).toReversed();
  }

  get(id: string): Entry | undefined {
    return this.entries.get(id);
  }

  /**
   * Keeps what `next` resolves with, and answers it; where it rejects, all stays as it was. The
   * next change of that entry waits: of two requests for one transition, the second sees the first's.
   */
  async change(id: string, next: (current: Entry | undefined) => Promise<Entry>): Promise<Entry> {
    const changed = (this.turns.get(id) ?? Promise.resolve()).then(async () => {
      const entry = await next(this.entries.get(id));
      this.keep(id, entry);
      return entry;
    });
    // Only the turn: the failure is for whoever asked for this change.
    const turn = changed.catch(() => undefined);
    this.turns.set(id, turn);
    try {
      return await changed;
    } finally {
      if (this.turns.get(id) === turn) this.turns.delete(id);
    }
  }

  private keep(id: string, entry: Entry): void {
    this.entries.set(id, entry);
    const [oldest] = this.entries.keys();
    if (this.entries.size > this.most && oldest !== undefined) this.entries.delete(oldest);
  }
}
