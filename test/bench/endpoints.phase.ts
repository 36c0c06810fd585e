import { setTimeout as delay } from 'node:timers/promises';
import { startEngine, type EngineSettings } from './engine.js';
import { loop, PUBLISHERS } from './load.js';
import { Receiver } from './receiver.js';

/** What is not delivered by then counts as missing. */
const WITHIN_MS = 20_000;
const WARM_UP_EVENTS = 300;

export interface EndpointsFigures {
  /** Deliveries a second to the endpoints that are healthy in every run. */
  readonly rate: number;
  readonly missing: number;
}

/** Events that go to several endpoints, of which the last few hang or do not. */
export async function endpoints(
  input: EngineSettings & {
    readonly events: number;
    readonly endpoints: number;
    /** 0 or 1 of them; the other runs send to it as well and do not count it. */
    readonly hanging: number;
  },
): Promise<EndpointsFigures> {
  const { events, endpoints: all, hanging, ...settings } = input;
  const healthy = all - 1;
  const receiver = await Receiver.start(all);
  const receiverUrls = Array.from({ length: all }, (_, i) =>
    i < healthy ? receiver.urlAt(i) : receiver.urlAt(i, hanging > 0 ? 'hang' : 'uncounted'),
  );
  const engine = await startEngine({ ...settings, receiverUrls, retryPolicy: 'none' });
  try {
    const warmUp = Math.min(WARM_UP_EVENTS, events);
    const warm = await receiver.expect(warmUp * healthy);
    await loop(engine.publish, warmUp, PUBLISHERS);
    await warm.reached;
    const { reached } = await receiver.expect(events * healthy);
    const started = performance.now();
    await loop(engine.publish, events, PUBLISHERS);
    const timeOut = new AbortController();
    await Promise.race([reached, delay(WITHIN_MS, undefined, { signal: timeOut.signal })]);
    const seconds = (performance.now() - started) / 1_000;
    timeOut.abort();
    const count = await receiver.count();
    return { rate: count / seconds, missing: events * healthy - count };
  } finally {
    receiver.stop(); // First: what hangs ends, so that the engine can.
    await engine.stop();
  }
}
