import type { SandboxFetch, SandboxFetched, SandboxResult } from './sandbox.types.js';

/** What a thread is told. It does one at a time, and answers each but `cancel`. */
export type ToThread =
  | {
      readonly kind: 'start';
      readonly run: number;
      readonly source: string;
      readonly argumentJson: string | null;
      readonly now: number;
      readonly cpuMs: number;
      readonly hasFetch: boolean;
    }
  | {
      readonly kind: 'resume';
      readonly run: number;
      readonly call: number;
      readonly answer: FetchAnswer;
    }
  | { readonly kind: 'cancel'; readonly run: number };

export type FetchAnswer = SandboxFetched | { readonly error: string };

/** That it can begin: told once, before anything else. */
export interface ThreadReady {
  readonly kind: 'ready';
}

/** How a run stands after a start or a resume. */
export type FromThread =
  | { readonly kind: 'done'; readonly run: number; readonly result: SandboxResult }
  | {
      readonly kind: 'waiting';
      readonly run: number;
      /** Begun since the last message. */
      readonly fetches: readonly { readonly call: number; readonly request: SandboxFetch }[];
    };
