import { parseArgs } from 'node:util';
import type { BenchContext } from './bench-case.js';

export interface BenchSettings extends Pick<BenchContext, 'queue' | 'rows' | 'rounds'> {
  readonly caseName: string;
  /** Left out: an embedded Postgres of the run's own. */
  readonly databaseUrl: string | undefined;
  readonly json: boolean;
}

export const USAGE = `npm run bench -- [options]

  --case NAME           what is measured:
      durable           durable deliveries beside bare signed POSTs, and their latency (default)
      history           the rate over tables full of history, beside that on empty ones
      hanging           the rate of healthy endpoints while one in ten hangs
      backlog           the memory of a worker that drains a backlog
      lists             how fast the admin API answers over a long history
  --rows N              durable, hanging: events of a phase; history, lists: rows of history;
                        backlog: its deliveries. 100 or more; by default the case's own number
  --rounds N            runs of what is compared, in turn (default 3)
  --queue NAME          postgres (default) or bull; durable measures both
  --database-url URL    an empty database to measure on (default: an embedded Postgres)
  --json                a last line to read by machine
  --help                this text
`;

const OPTIONS = {
  case: { type: 'string', default: 'durable' },
  queue: { type: 'string', default: 'postgres' },
  rows: { type: 'string' },
  rounds: { type: 'string', default: '3' },
  'database-url': { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const LEAST_ROWS = 100;

/** @throws Error whose message is one line, for whoever typed the command */
export function readBenchSettings(
  args: readonly string[],
  cases: readonly string[],
): BenchSettings | 'help' {
  const values = parsed(args);
  if (values.help) return 'help';
  const { case: caseName, queue, rows, rounds, json } = values;
  if (!cases.includes(caseName)) throw new Error(`--case is one of ${cases.join(', ')}`);
  if (queue !== 'postgres' && queue !== 'bull') throw new Error('--queue is postgres or bull');
  return {
    caseName,
    queue,
    rows: rows === undefined ? undefined : wholeNumber('rows', rows, LEAST_ROWS),
    rounds: wholeNumber('rounds', rounds, 1),
    databaseUrl: values['database-url'],
    json,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    // Its further sentences explain how a command line is parsed.
    const [mistake] = error instanceof Error ? error.message.split('. ') : [];
    throw new Error(mistake ?? String(error), { cause: error });
  }
}

function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new Error(`--${option} is a whole number of ${least} or more`);
}
