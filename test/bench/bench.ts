import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEmbeddedPostgres } from '@nest-integrations/embedded';
import { ensureRedis } from '../support/redis.js';
import type { phases, PhaseName } from './phases.js';

type Figures<Name extends PhaseName> = Awaited<ReturnType<(typeof phases)[Name]>>;
type Input<Name extends PhaseName> = Parameters<(typeof phases)[Name]>[0];

/** Rounds of bare, Postgres, Bull in turn; the medians are what counts. */
const ROUNDS = 3;
const COUNT = 20_000;
const LATENCY_SECONDS = 10;

function run<Name extends PhaseName>(name: Name, input: Input<Name>): Promise<Figures<Name>> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL('./phase.js', import.meta.url)));
    child.once('message', ({ figures }: { figures: Figures<Name> }) => resolve(figures));
    child.once('exit', (code) => reject(new Error(`the phase '${name}' ended with code ${code}`)));
    child.send({ name, input });
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function measure(databaseUrl: string, redisUrl: string) {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    const bare = await run('bare', { count: COUNT });
    const postgres = await run('durable', {
      count: COUNT,
      databaseUrl,
      schema: `bench_postgres_${round}`,
    });
    const bull = await run('durable', {
      count: COUNT,
      databaseUrl,
      redisUrl,
      schema: `bench_bull_${round}`,
    });
    console.log(
      `round ${round + 1}: bare ${bare.rate.toFixed(0)}/s, Postgres ${postgres.rate.toFixed(0)}/s, Bull ${bull.rate.toFixed(0)}/s`,
    );
    rounds.push({ bare, postgres, bull });
  }
  const accept = await run('accept', { count: COUNT, databaseUrl, schema: 'bench_accept' });
  const perSecond = median(rounds.map((r) => r.postgres.rate)) / 5;
  const pace = { perSecond, seconds: LATENCY_SECONDS };
  const bareLatency = await run('bareLatency', pace);
  const postgresLatency = await run('durableLatency', {
    ...pace,
    databaseUrl,
    schema: 'bench_latency_postgres',
  });
  const bullLatency = await run('durableLatency', {
    ...pace,
    databaseUrl,
    redisUrl,
    schema: 'bench_latency_bull',
  });
  return { rounds, accept, perSecond, bareLatency, postgresLatency, bullLatency };
}

function report(figures: Awaited<ReturnType<typeof measure>>) {
  const { rounds, accept, perSecond, bareLatency, postgresLatency, bullLatency } = figures;
  const rateOf = (of: 'bare' | 'postgres' | 'bull') => median(rounds.map((r) => r[of].rate));
  const cpuOf = (of: 'bare' | 'postgres' | 'bull') => median(rounds.map((r) => r[of].cpuUs));
  // Each round's ratio is of runs that stood next to each other.
  const ratioOf = (of: 'postgres' | 'bull') => median(rounds.map((r) => r[of].rate / r.bare.rate));
  const rss = Math.max(...rounds.flatMap((r) => [r.postgres.rssMb, r.bull.rssMb]));
  console.log(`
                        rate/s    ÷ bare   node CPU µs
  bare signed POSTs   ${cell(rateOf('bare'), 0)}  ${cell(1)}  ${cell(cpuOf('bare'), 0)}
  durable, Postgres   ${cell(rateOf('postgres'), 0)}  ${cell(ratioOf('postgres'))}  ${cell(cpuOf('postgres'), 0)}
  durable, Bull       ${cell(rateOf('bull'), 0)}  ${cell(ratioOf('bull'))}  ${cell(cpuOf('bull'), 0)}
  accepted only       ${cell(accept.rate, 0)}

  latency at ${perSecond.toFixed(0)}/s      p50 ms    p95 ms    p99 ms
  bare POST           ${latencyCells(bareLatency)}
  durable, Postgres   ${latencyCells(postgresLatency)}
  durable, Bull       ${latencyCells(bullLatency)}

  memory (RSS) of the process: ${rss.toFixed(0)} MB
`);
  return {
    bareRate: round(rateOf('bare')),
    postgresRate: round(rateOf('postgres')),
    bullRate: round(rateOf('bull')),
    postgresRatio: round(ratioOf('postgres'), 3),
    bullRatio: round(ratioOf('bull'), 3),
    acceptRate: round(accept.rate),
    bareCpuUs: round(cpuOf('bare')),
    postgresCpuUs: round(cpuOf('postgres')),
    bullCpuUs: round(cpuOf('bull')),
    latencyP99Ms: round(postgresLatency.p99Ms, 2),
    bullLatencyP99Ms: round(bullLatency.p99Ms, 2),
    bareP99Ms: round(bareLatency.p99Ms, 2),
    rssMb: round(rss),
  };
}

function cell(value: number, digits = 2): string {
  return value.toFixed(digits).padStart(8);
}

function latencyCells({ p50Ms, p95Ms, p99Ms }: Figures<'bareLatency'>): string {
  return [p50Ms, p95Ms, p99Ms].map((ms) => cell(ms)).join('  ');
}

function round(value: number, digits = 0): number {
  return Number(value.toFixed(digits));
}

const dataDir = await mkdtemp(join(tmpdir(), 'nest-integrations-bench-'));
const postgres = await startEmbeddedPostgres({ dataDir });
const redis = await ensureRedis();
try {
  const json = report(await measure(postgres.url, redis.url));
  if (process.argv.includes('--json')) console.log(JSON.stringify(json));
} finally {
  await redis.stop();
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
}
