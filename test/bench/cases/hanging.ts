import type { BenchCase } from '../bench-case.js';
import { cell, median, round } from '../figures.js';
import { runPhase, type Figures } from '../run-phase.js';

interface Round {
  readonly none: Figures<'endpoints'>;
  readonly one: Figures<'endpoints'>;
}

/** Each goes to every endpoint. */
const EVENTS = 3_000;
const ENDPOINTS = 10;

/** The rate of nine healthy endpoints while the tenth hangs, beside their rate while it does not. */
export const hanging: BenchCase = async (context) => {
  const { databaseUrl, redisUrl, queue, rounds: runs, rows: events = EVENTS } = context;
  const engine = {
    databaseUrl,
    ...(queue === 'bull' ? { redisUrl } : {}),
    events,
    endpoints: ENDPOINTS,
  };
  const rounds: Round[] = [];
  for (let n = 0; n < runs; n++) {
    const none = await runPhase('endpoints', {
      ...engine,
      schema: `bench_none_hangs_${n}`,
      hanging: 0,
    });
    const one = await runPhase('endpoints', {
      ...engine,
      schema: `bench_one_hangs_${n}`,
      hanging: 1,
    });
    console.log(
      `round ${n + 1}: none hangs ${none.rate.toFixed(0)}/s, one in ${ENDPOINTS} hangs ${one.rate.toFixed(0)}/s` +
        (one.missing > 0 ? `, ${one.missing} not delivered in time` : ''),
    );
    rounds.push({ none, one });
  }
  const rateOf = (of: 'none' | 'one') => median(rounds.map((r) => r[of].rate));
  const ratio = median(rounds.map((r) => r.one.rate / r.none.rate));
  console.log(`
  ${queue} queue                rate/s of the healthy   ÷ none hangs
  none hangs                ${cell(rateOf('none'), 0)}                ${cell(1)}
  one in ${ENDPOINTS} hangs           ${cell(rateOf('one'), 0)}                ${cell(ratio)}
`);
  return {
    noneHangsRate: round(rateOf('none')),
    oneHangsRate: round(rateOf('one')),
    hangingRatio: round(ratio, 3),
  };
};
