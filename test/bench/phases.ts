import { drainBacklog, fillBacklog } from './backlog.phases.js';
import { endpoints } from './endpoints.phase.js';
import { startEngine, type EngineSettings } from './engine.js';
import { fillHistory } from './history.phase.js';
import type { ListsSettings } from './lists.phase.js';
import {
  IN_FLIGHT,
  latency,
  loop,
  PUBLISHERS,
  throughput,
  warmUpOf,
  withBare,
  withEngine,
} from './load.js';

export const phases = {
  bare: ({ count }: { count: number }) =>
    withBare((send, receiver) => throughput(send, receiver, { count, workers: IN_FLIGHT })),

  durable: ({ count, ...settings }: { count: number } & EngineSettings) =>
    withEngine(settings, (send, receiver) =>
      throughput(send, receiver, { count, workers: PUBLISHERS }),
    ),

  bareLatency: (pace: { perSecond: number; seconds: number }) =>
    withBare((send, receiver) => latency(send, receiver, pace)),

  durableLatency: ({
    perSecond,
    seconds,
    ...settings
  }: EngineSettings & {
    perSecond: number;
    seconds: number;
  }) => withEngine(settings, (send, receiver) => latency(send, receiver, { perSecond, seconds })),

  /** Events made durable with nobody subscribed to them. */
  accept: async ({ count, ...settings }: { count: number } & EngineSettings) => {
    const engine = await startEngine(settings);
    await loop(engine.publish, warmUpOf(count), PUBLISHERS);
    const started = performance.now();
    await loop(engine.publish, count, PUBLISHERS);
    const rate = count / ((performance.now() - started) / 1_000);
    await engine.stop();
    return { rate };
  },

  fillHistory,
  endpoints,
  fillBacklog,
  drainBacklog,

  /** Loaded by itself: no other phase should hold the admin API in its memory. */
  lists: async (settings: ListsSettings) => (await import('./lists.phase.js')).lists(settings),
};

export type PhaseName = keyof typeof phases;
