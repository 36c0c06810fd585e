import type { BenchCase } from '../bench-case.js';
import { cell, median, round } from '../figures.js';
import { runPhase, type Figures } from '../run-phase.js';

const DELIVERED = 1_000_000;
const REQUESTS = 30;
/** Fewer rows are asked for less often. */
const ROWS_PER_REQUEST = 100;
/** Enough for a second page of each list. */
const FEW = { delivered: 200, retrying: 20, subscriptions: 100 };

type Measured = Figures<'lists'>[number];

/** What the admin API takes to answer over a long history, beside the same over hardly any. */
export const lists: BenchCase = async ({ databaseUrl, rounds: runs, rows = DELIVERED }) => {
  const filling = {
    delivered: rows,
    retrying: Math.max(FEW.retrying, Math.ceil(rows / 10)),
    subscriptions: Math.max(FEW.subscriptions, Math.ceil(rows / 100)),
  };
  const few = { databaseUrl, schema: 'bench_few' };
  const full = { databaseUrl, schema: 'bench_lists' };
  const requests = Math.min(REQUESTS, Math.ceil(rows / ROWS_PER_REQUEST));
  await runPhase('fillHistory', { ...few, ...FEW });
  const { seconds } = await runPhase('fillHistory', { ...full, ...filling });
  console.log(
    `${rows + filling.retrying} events with a delivery each, ${filling.subscriptions} subscriptions made in ${seconds.toFixed(0)} s; each request ${requests} times in ${runs} rounds`,
  );
  const measured: { few: Measured[]; full: Measured[] } = { few: [], full: [] };
  for (let n = 0; n < runs; n++) {
    measured.few.push(...(await runPhase('lists', { ...few, requests })));
    measured.full.push(...(await runPhase('lists', { ...full, requests })));
  }
  const names = [...new Set(measured.full.map(({ name }) => name))];
  const figures = names.map((name) => ({
    name,
    fewP50Ms: medianOf(measured.few, name, 'p50Ms'),
    p50Ms: medianOf(measured.full, name, 'p50Ms'),
    p95Ms: medianOf(measured.full, name, 'p95Ms'),
  }));
  console.log(`
  milliseconds                   few p50       p50       p95     ÷ few
${figures.map(lineOf).join('\n')}
`);
  return {
    listsRows: rows + filling.retrying,
    listsSlowestP95Ms: round(Math.max(...figures.map(({ p95Ms }) => p95Ms)), 1),
    ...Object.fromEntries(
      figures.flatMap(({ name, fewP50Ms, p50Ms, p95Ms }) => [
        [`${name}P50Ms`, round(p50Ms, 1)],
        [`${name}P95Ms`, round(p95Ms, 1)],
        [`${name}Ratio`, round(p50Ms / fewP50Ms, 2)],
      ]),
    ),
  };
};

function medianOf(measured: readonly Measured[], name: string, of: 'p50Ms' | 'p95Ms'): number {
  return median(measured.filter((one) => one.name === name).map((one) => one[of]));
}

function lineOf(figures: {
  readonly name: string;
  readonly fewP50Ms: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}): string {
  const { name, fewP50Ms, p50Ms, p95Ms } = figures;
  const cells = [cell(fewP50Ms, 1), cell(p50Ms, 1), cell(p95Ms, 1), cell(p50Ms / fewP50Ms)];
  return `  ${name.padEnd(28)}${cells.join('  ')}`;
}
