/** Where a benchmark runs, and what the command line said of it. */
export interface BenchContext {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly queue: 'postgres' | 'bull';
  /** Events of a phase, rows of history or deliveries of a backlog; the case's own default where it is not said. */
  readonly rows: number | undefined;
  /** Runs of what is compared, in turn; the medians are what counts. */
  readonly rounds: number;
}

/** Prints its table and answers with the figures of the last line. */
export type BenchCase = (context: BenchContext) => Promise<Record<string, number>>;
