/** One call of a function that an admin wrote. */
export interface SandboxCall {
  /** An expression that yields the function: `(event) => ({ text: event.payload.title })`. */
  readonly source: string;
  /** What the function is called with, as JSON text; `null`: it is only read, not called. */
  readonly argumentJson: string | null;
  /** What `Date` says in it, in milliseconds since 1970: the same input gives the same output. */
  readonly now: number;
  /** Processor time it may use in all, in milliseconds. Default 100. */
  readonly cpuMs?: number;
  /** How long it may take in all, in milliseconds. Default 10 000. */
  readonly timeoutMs?: number;
  /** What its `fetch` does; left out: it has none. A rejection is thrown in the function. */
  readonly fetch?: (request: SandboxFetch) => Promise<SandboxFetched>;
}

/** What a function in the sandbox passes to `fetch`. */
export interface SandboxFetch {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export interface SandboxFetched {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type SandboxResult =
  | {
      readonly ok: true;
      /** What it returned, as JSON text, `'null'` too; `null` for nothing. */
      readonly json: string | null;
      readonly console: readonly string[];
    }
  | {
      readonly ok: false;
      /** With the line, where there is one: `TypeError: … (line 2)`. */
      readonly reason: string;
      readonly fault: SandboxFault;
      readonly console: readonly string[];
    };

/** Whose fault it is that a run failed: only what it says or does itself is the same the next time. */
export type SandboxFault =
  /** It can't be read, or yields no function: it never began. */
  | 'source'
  /** It threw, or crossed a bound that depends on nothing but itself. */
  | 'script'
  /** It took too long, which a busy machine may have part in. */
  | 'time'
  /** The sandbox was closed or taken down: the script may not even have begun. */
  | 'sandbox';
