import type { BenchCase, BenchContext } from '../bench-case.js';
import { cell, median, round } from '../figures.js';
import { runPhase, type Figures } from '../run-phase.js';

const COUNT = 20_000;
const LATENCY_SECONDS = 10;

/** Durable deliveries beside a bare loop of the same signed POSTs; latency at a fifth of the rate. */
export const durable: BenchCase = async (context) => report(await measure(context));

async function measure({ databaseUrl, redisUrl, rounds: runs, rows: count = COUNT }: BenchContext) {
  const rounds = [];
  for (let round = 0; round < runs; round++) {
    const bare = await runPhase('bare', { count });
    const postgres = await runPhase('durable', {
      count,
      databaseUrl,
      schema: `bench_postgres_${round}`,
    });
    const bull = await runPhase('durable', {
      count,
      databaseUrl,
      redisUrl,
      schema: `bench_bull_${round}`,
    });
    console.log(
      `round ${round + 1}: bare ${bare.rate.toFixed(0)}/s, Postgres ${postgres.rate.toFixed(0)}/s, Bull ${bull.rate.toFixed(0)}/s`,
    );
    rounds.push({ bare, postgres, bull });
  }
  const accept = await runPhase('accept', { count, databaseUrl, schema: 'bench_accept' });
  const perSecond = median(rounds.map((r) => r.postgres.rate)) / 5;
  // Fewer events are fewer seconds of them as well.
  const pace = { perSecond, seconds: LATENCY_SECONDS * Math.min(1, count / COUNT) };
  const bareLatency = await runPhase('bareLatency', pace);
  const postgresLatency = await runPhase('durableLatency', {
    ...pace,
    databaseUrl,
    schema: 'bench_latency_postgres',
  });
  const bullLatency = await runPhase('durableLatency', {
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

function latencyCells({ p50Ms, p95Ms, p99Ms }: Figures<'bareLatency'>): string {
  return [p50Ms, p95Ms, p99Ms].map((ms) => cell(ms)).join('  ');
}
