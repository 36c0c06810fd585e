/** How a host that is a process of its own is set up. */
export interface HostSettings {
  readonly databaseUrl: string;
  /** Left out: the Postgres queue. */
  readonly redisUrl?: string;
  readonly redisPrefix: string;
  readonly secretKey: string;
  /** False: it accepts events and delivers none. */
  readonly delivers: boolean;
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly sweepIntervalMs: number;
}

/** What it can be asked to do. */
export type HostRequest =
  | { readonly do: 'publish'; readonly n: number; readonly idempotencyKey: string | null }
  | { readonly do: 'subscribe'; readonly url: string; readonly delaysSeconds: readonly number[] }
  /** Its wall clock, and nothing else of it, is wrong by that much from now on. */
  | { readonly do: 'shift-clock'; readonly byMs: number };

export interface HostQuestion {
  readonly id: number;
  readonly request: HostRequest;
}

/** `value`: the id of what was made. */
export type HostAnswer =
  { readonly id: number; readonly value: string } | { readonly id: number; readonly error: string };
