/**
 * Turns many concurrent calls into few round trips: what is added while a batch is under way makes
 * up the next one, so batches grow with the load and a lone call waits for nobody.
 */
export interface BatcherOptions<Item, Result> {
  /** Runs one batch. Results are in the order of the items; a rejection rejects them all. */
  readonly run: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly maxBatch: number;
  /** Batches under way at once. */
  readonly concurrency: number;
  /**
   * Milliseconds that a batch smaller than `maxBatch` waits for company while calls come one after
   * another. Default 0. A call after a pause as long never waits.
   */
  readonly lingerMs?: number;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export class Batcher<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  private running = 0;
  private scheduled = false;
  private flushedAt = -Infinity;
  private idle: (() => void)[] = [];

  constructor(private readonly options: BatcherOptions<Item, Result>) {}

  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      this.schedule();
    });
  }

  /** Items added and not yet answered for. */
  get pending(): boolean {
    return this.running > 0 || this.waiting.length > 0;
  }

  /** Resolves once nothing is waiting or under way. */
  async drained(): Promise<void> {
    if (!this.pending) return;
    await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  /** One turn of the event loop gathers what is added together. */
  private schedule(): void {
    if (this.scheduled || this.running >= this.options.concurrency) return;
    this.scheduled = true;
    const flush = () => {
      this.scheduled = false;
      this.flush();
    };
    const linger = this.options.lingerMs ?? 0;
    const sinceLast = performance.now() - this.flushedAt;
    if (sinceLast < linger && this.waiting.length < this.options.maxBatch) {
      setTimeout(flush, linger - sinceLast);
    } else setImmediate(flush);
  }

  private flush(): void {
    this.flushedAt = performance.now();
    while (this.running < this.options.concurrency && this.waiting.length > 0) {
      const batch =
        this.waiting.length <= this.options.maxBatch
          ? this.waiting
          : this.waiting.slice(0, this.options.maxBatch);
      this.waiting = this.waiting.length === batch.length ? [] : this.waiting.slice(batch.length);
      this.running++;
      void this.runBatch(batch);
    }
  }

  private async runBatch(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.options.run(batch.map(({ item }) => item));
      if (results.length !== batch.length) {
        throw new Error(`A batch of ${batch.length} gave ${results.length} results`);
      }
      batch.forEach(({ resolve }, i) => resolve(results[i] as Result));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.running--;
      if (this.waiting.length > 0) this.schedule();
      else if (this.running === 0) for (const resolve of this.idle.splice(0)) resolve();
    }
  }
}
