import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '@nest-integrations/embedded';
import { ensureRedis } from '../support/redis.js';
import type { BenchCase } from './bench-case.js';
import { backlog } from './cases/backlog.js';
import { durable } from './cases/durable.js';
import { hanging } from './cases/hanging.js';
import { history } from './cases/history.js';

const CASES: Readonly<Record<string, BenchCase>> = { durable, history, hanging, backlog };
const USAGE = `npm run bench -- [--case ${Object.keys(CASES).join('|')}] [--queue postgres|bull] [--rows N] [--json]`;

function settings() {
  const { values } = parseArgs({
    options: {
      case: { type: 'string', default: 'durable' },
      queue: { type: 'string', default: 'postgres' },
      rows: { type: 'string' },
      deliveries: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const run = Object.hasOwn(CASES, values.case) ? CASES[values.case] : undefined;
  const { queue } = values;
  const given = values.rows ?? values.deliveries;
  const rows = given === undefined ? undefined : Number(given);
  if (!run || (queue !== 'postgres' && queue !== 'bull')) throw new Error(USAGE);
  if (rows !== undefined && !(Number.isInteger(rows) && rows >= 1_000)) {
    throw new Error(`--rows is a whole number of 1000 or more. ${USAGE}`);
  }
  return { run, queue, rows, json: values.json } as const;
}

const { run, queue, rows, json } = settings();
// Ended from outside: the processes that were started end with this one, by its 'exit'.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop(130));

const dataDir = await mkdtemp(join(tmpdir(), 'nest-integrations-bench-'));
const postgres = await startEmbeddedPostgres({ dataDir });
const redis = await ensureRedis();
try {
  const figures = await run({ databaseUrl: postgres.url, redisUrl: redis.url, queue, rows });
  if (json) console.log(JSON.stringify(figures));
} finally {
  await cleanUp();
}

async function cleanUp(): Promise<void> {
  await redis.stop();
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
}

async function stop(code: number): Promise<never> {
  await cleanUp();
  process.exit(code);
}
