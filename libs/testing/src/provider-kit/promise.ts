import type { ProviderBench } from './provider-bench.js';

/** Something that every provider keeps. */
export interface ProviderPromise {
  /** As the name of a test. */
  readonly name: string;
  readonly check: (bench: ProviderBench) => Promise<void>;
}
