import { setTimeout as delay } from 'node:timers/promises';

export interface ClientPoolOptions<Client> {
  /** Its failures are nobody's: the client is given up whatever it says. */
  readonly close: (client: Client) => unknown;
  /** How long a client that nobody uses is kept, in milliseconds. Default 60 000. */
  readonly idleMs?: number;
  /** Clients that are kept; beyond it the one unused for longest makes room. Default 100. */
  readonly max?: number;
}

/** Who does not answer to a farewell is left. */
const CLOSE_WITHIN_MS = 3_000;

interface Kept<Client> {
  readonly opening: Promise<Client>;
  client: Client | null;
  users: number;
  isRetired: boolean;
  idle: NodeJS.Timeout | null;
}

/**
 * The long-lived clients of a provider, one for each key: the object of a connection, which is
 * another for every revision. What a revision has replaced is idle from then on, and closed. Close
 * the pool in `onApplicationShutdown`: until then attempts are ending.
 */
export class ClientPool<Key extends object, Client> {
  /** The least recently used first. */
  private readonly kept = new Map<Key, Kept<Client>>();
  private readonly closing = new Set<Promise<unknown>>();
  private readonly idleMs: number;
  private readonly max: number;

  constructor(private readonly options: ClientPoolOptions<Client>) {
    this.idleMs = options.idleMs ?? 60_000;
    this.max = options.max ?? 100;
  }

  get size(): number {
    return this.kept.size;
  }

  /** Lends the key's client to `act`, opened by the first who wants it. It stays open meanwhile. */
  async use<Result>(
    key: Key,
    open: () => Promise<Client>,
    act: (client: Client) => Promise<Result>,
  ): Promise<Result> {
    const kept = this.kept.get(key) ?? begun(open());
    this.touch(key, kept);
    kept.users++;
    try {
      return await act(await this.opened(key, kept));
    } finally {
      kept.users--;
      if (kept.users === 0) this.rest(key, kept);
    }
  }

  /** Gives a client up that is of no use any more: the next use opens another. */
  discard(key: Key, client: Client): void {
    const kept = this.kept.get(key);
    if (kept?.client === client) this.retire(key, kept);
  }

  /** Closes all, those in use too, and waits for it for a moment. */
  async close(): Promise<void> {
    for (const [key, kept] of this.kept) {
      kept.users = 0;
      this.retire(key, kept);
    }
    const closed = Promise.all(this.closing);
    await Promise.race([closed, delay(CLOSE_WITHIN_MS, undefined, { ref: false })]);
  }

  private async opened(key: Key, kept: Kept<Client>): Promise<Client> {
    try {
      return (kept.client = await kept.opening);
    } catch (error) {
      if (this.kept.get(key) === kept) this.kept.delete(key);
      throw error;
    }
  }

  private touch(key: Key, kept: Kept<Client>): void {
    if (kept.idle) clearTimeout(kept.idle);
    kept.idle = null;
    this.kept.delete(key);
    this.kept.set(key, kept);
    if (this.kept.size <= this.max) return;
    const [oldest] = this.kept;
    if (oldest) this.retire(...oldest);
  }

  private rest(key: Key, kept: Kept<Client>): void {
    if (kept.isRetired) return this.end(kept);
    if (this.kept.get(key) !== kept) return;
    kept.idle = setTimeout(() => this.retire(key, kept), this.idleMs).unref();
  }

  /** Whoever uses it ends in peace. */
  private retire(key: Key, kept: Kept<Client>): void {
    if (this.kept.get(key) === kept) this.kept.delete(key);
    if (kept.isRetired) return;
    kept.isRetired = true;
    if (kept.idle) clearTimeout(kept.idle);
    if (kept.users === 0) this.end(kept);
  }

  private end({ opening }: Kept<Client>): void {
    const closing = opening
      .then((client) => this.options.close(client))
      .catch(() => undefined)
      .finally(() => this.closing.delete(closing));
    this.closing.add(closing);
  }
}

function begun<Client>(opening: Promise<Client>): Kept<Client> {
  return { opening, client: null, users: 0, isRetired: false, idle: null };
}
