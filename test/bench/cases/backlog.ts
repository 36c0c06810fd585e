import type { BenchCase } from '../bench-case.js';
import { round, slope } from '../figures.js';
import { Receiver } from '../receiver.js';
import { runPhase } from '../run-phase.js';

const DELIVERIES = 1_000_000;
const SHOWN = 10;

/** The memory of a worker alone that drains a backlog. */
export const backlog: BenchCase = async ({ databaseUrl, rows = DELIVERIES }) => {
  const engine = { databaseUrl, schema: 'bench_backlog', deliveries: rows };
  const receiver = await Receiver.start();
  try {
    const { seconds } = await runPhase('fillBacklog', { ...engine, receiverUrl: receiver.url });
    console.log(`a backlog of ${rows} deliveries made in ${seconds.toFixed(0)} s`);
    const { samples, rate, startMb } = await runPhase('drainBacklog', engine);
    const maxMb = Math.max(...samples.map(([, mb]) => mb));
    // The first tenth warms up: code is compiled, connections are opened.
    const warm = samples.filter(([delivered]) => delivered >= rows / 10);
    const slopeMb = slope(warm) * 100_000;
    const step = Math.max(1, Math.floor(samples.length / SHOWN));
    const shown = samples.filter((_sample, i) => i % step === 0);
    console.log(`
  delivered   ${shown.map(([delivered]) => String(delivered).padStart(8)).join('')}
  RSS in MB   ${shown.map(([, mb]) => mb.toFixed(0).padStart(8)).join('')}

  RSS of the worker: ${startMb.toFixed(0)} MB at its start, ${maxMb.toFixed(0)} MB at most, ${slopeMb.toFixed(1)} MB more with each 100,000 deliveries
  rate: ${rate.toFixed(0)}/s
`);
    return {
      backlogDeliveries: rows,
      backlogMaxRssMb: round(maxMb),
      backlogSlopeMbPer100k: round(slopeMb, 2),
      backlogRate: round(rate),
    };
  } finally {
    receiver.stop();
  }
};
