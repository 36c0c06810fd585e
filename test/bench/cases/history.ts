import type { BenchCase } from '../bench-case.js';
import { cell, median, round } from '../figures.js';
import { runPhase, type Figures } from '../run-phase.js';

interface Round {
  readonly empty: Figures<'durable'>;
  readonly full: Figures<'durable'>;
}

const COUNT = 20_000;
const DELIVERED = 1_000_000;

/** The rate over tables full of history, beside the rate on empty ones. */
export const history: BenchCase = async (context) => {
  const { databaseUrl, redisUrl, queue, rounds: runs, rows = DELIVERED } = context;
  const count = Math.min(COUNT, rows);
  const engine = { databaseUrl, ...(queue === 'bull' ? { redisUrl } : {}), count };
  // A tenth of the history waits for a retry, a hundredth as many subscriptions stand by.
  const filling = {
    delivered: rows,
    retrying: Math.ceil(rows / 10),
    subscriptions: Math.ceil(rows / 100),
  };
  const { seconds } = await runPhase('fillHistory', {
    databaseUrl,
    schema: 'bench_history',
    ...filling,
  });
  console.log(
    `${filling.delivered} delivered, ${filling.retrying} waiting retries, ${filling.subscriptions} subscriptions made in ${seconds.toFixed(0)} s`,
  );
  const rounds: Round[] = [];
  for (let n = 0; n < runs; n++) {
    const empty = await runPhase('durable', { ...engine, schema: `bench_empty_${n}` });
    const full = await runPhase('durable', { ...engine, schema: 'bench_history' });
    console.log(`round ${n + 1}: empty ${empty.rate.toFixed(0)}/s, full ${full.rate.toFixed(0)}/s`);
    rounds.push({ empty, full });
  }
  const rateOf = (of: 'empty' | 'full') => median(rounds.map((r) => r[of].rate));
  const cpuOf = (of: 'empty' | 'full') => median(rounds.map((r) => r[of].cpuUs));
  const ratio = median(rounds.map((r) => r.full.rate / r.empty.rate));
  console.log(`
  ${queue} queue          rate/s   ÷ empty   node CPU µs
  empty tables        ${cell(rateOf('empty'), 0)}  ${cell(1)}  ${cell(cpuOf('empty'), 0)}
  full tables         ${cell(rateOf('full'), 0)}  ${cell(ratio)}  ${cell(cpuOf('full'), 0)}
`);
  return {
    historyRows: filling.delivered,
    emptyRate: round(rateOf('empty')),
    fullRate: round(rateOf('full')),
    historyRatio: round(ratio, 3),
    emptyCpuUs: round(cpuOf('empty')),
    fullCpuUs: round(cpuOf('full')),
  };
};
