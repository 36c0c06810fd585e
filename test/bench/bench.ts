import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@nest-integrations/embedded';
import { ensureRedis } from '../support/redis.js';
import type { BenchCase } from './bench-case.js';
import { CASES } from './bench-cases.js';
import { readBenchSettings, USAGE, type BenchSettings } from './bench-settings.js';

const settings = settingsGiven();
const run = settings && CASES[settings.caseName];
if (settings && run) await measure(settings, run);

/** Nothing to measure: the usage was asked for, or the command line was wrong and is told so. */
function settingsGiven(): BenchSettings | undefined {
  try {
    const given = readBenchSettings(process.argv.slice(2), Object.keys(CASES));
    if (given !== 'help') return given;
    process.stdout.write(USAGE);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${message}. See npm run bench -- --help\n`);
    process.exitCode = 1;
  }
  return undefined;
}

async function measure(
  { queue, rows, rounds, json, databaseUrl }: BenchSettings,
  run: BenchCase,
): Promise<void> {
  const database = databaseUrl ? givenDatabase(databaseUrl) : await embeddedDatabase();
  const redis = await ensureRedis();
  const cleanUp = async () => {
    await redis.stop();
    await database.stop();
  };
  // Ended from outside: the processes that were started end with this one, by its 'exit'.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void cleanUp().then(() => process.exit(130)));
  }
  try {
    const figures = await run({
      databaseUrl: database.url,
      redisUrl: redis.url,
      queue,
      rows,
      rounds,
    });
    if (json) console.log(JSON.stringify(figures));
  } finally {
    await cleanUp();
  }
}

interface Database {
  readonly url: string;
  stop(): Promise<void>;
}

function givenDatabase(url: string): Database {
  return { url, stop: () => Promise.resolve() };
}

async function embeddedDatabase(): Promise<Database> {
  const dataDir = await mkdtemp(join(tmpdir(), 'nest-integrations-bench-'));
  const postgres = await startEmbeddedPostgres({ dataDir });
  return {
    url: postgres.url,
    async stop() {
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
