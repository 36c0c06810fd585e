import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { signStandardWebhook } from '@nest-integrations/provider-webhook';
import { Pool } from 'undici';
import { startEngine, type EngineSettings } from './engine.js';
import { quantile } from './figures.js';
import { payloadOf, type BenchPayload } from './payload.js';
import { Receiver } from './receiver.js';

export const IN_FLIGHT = 64;
/** Publishers that wait for their event to be durable before they publish the next. */
export const PUBLISHERS = 512;
const WARM_UP = 3_000;

export interface ThroughputFigures {
  readonly rate: number;
  /** CPU time of this process for one delivery, in microseconds. */
  readonly cpuUs: number;
  readonly rssMb: number;
}

export interface LatencyFigures {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** Of a phase that measures `count` sends: never more than these. */
export function warmUpOf(count: number): number {
  return Math.min(WARM_UP, count);
}

type Send = (payload: BenchPayload) => Promise<unknown>;

/** A signed POST made by hand, as a team without us would. */
function bareSend(pool: Pool, path: string): Send {
  const secrets = [{ id: 'bench', secret: `whsec_${randomBytes(32).toString('base64')}` }];
  let n = 0;
  return async (payload) => {
    const id = `msg_${n++}`;
    const timestamp = Math.floor(Date.now() / 1_000);
    const body = JSON.stringify({
      type: 'bench.happened',
      timestamp: new Date().toISOString(),
      data: payload,
    });
    const response = await pool.request({
      method: 'POST',
      path,
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signStandardWebhook({ id, timestamp, body, secrets }),
      },
      body,
    });
    await response.body.dump();
    if (response.statusCode !== 200) throw new Error(`answered ${response.statusCode}`);
  };
}

export async function withBare<Result>(run: (send: Send, receiver: Receiver) => Promise<Result>) {
  const receiver = await Receiver.start();
  const { origin, pathname } = new URL(receiver.url);
  const pool = new Pool(origin, { connections: IN_FLIGHT });
  try {
    return await run(bareSend(pool, pathname), receiver);
  } finally {
    await pool.close();
    receiver.stop();
  }
}

export async function withEngine<Result>(
  settings: Omit<EngineSettings, 'receiverUrls'>,
  run: (send: Send, receiver: Receiver) => Promise<Result>,
) {
  const receiver = await Receiver.start();
  const engine = await startEngine({ ...settings, receiverUrls: [receiver.url] });
  try {
    return await run(engine.publish, receiver);
  } finally {
    await engine.stop();
    receiver.stop();
  }
}

/** `count` sends by `workers` that each wait for their own to end. */
export async function loop(send: Send, count: number, workers: number): Promise<void> {
  let sent = 0;
  const work = async () => {
    while (sent < count) await send(payloadOf(sent++));
  };
  await Promise.all(Array.from({ length: workers }, work));
}

export async function throughput(
  send: Send,
  receiver: Receiver,
  { count, workers }: { count: number; workers: number },
): Promise<ThroughputFigures> {
  const warmUp = warmUpOf(count);
  const warm = await receiver.expect(warmUp);
  await loop(send, warmUp, workers);
  await warm.reached;
  const { reached } = await receiver.expect(count);
  const cpu = process.cpuUsage();
  const started = performance.now();
  await loop(send, count, workers);
  await reached;
  const seconds = (performance.now() - started) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  return {
    rate: count / seconds,
    cpuUs: (user + system) / count,
    rssMb: process.memoryUsage().rss / 1_048_576,
  };
}

/** Sends at a steady pace, each marked with the moment it was sent. */
export async function latency(
  send: Send,
  receiver: Receiver,
  { perSecond, seconds }: { perSecond: number; seconds: number },
): Promise<LatencyFigures> {
  const count = Math.max(1, Math.round(perSecond * seconds));
  const warmUp = warmUpOf(count);
  const warm = await receiver.expect(warmUp);
  await loop(send, warmUp, IN_FLIGHT);
  await warm.reached;
  const { reached } = await receiver.expect(count);
  const started = performance.now();
  const sends: Promise<unknown>[] = [];
  for (let sent = 0; sent < count;) {
    const due = Math.min(count, ((performance.now() - started) / 1_000) * perSecond);
    for (; sent < due; sent++) {
      sends.push(send({ ...payloadOf(sent), sentAtNs: String(process.hrtime.bigint()) }));
    }
    await delay(1);
  }
  await Promise.all(sends);
  await reached;
  const latenciesMs = await receiver.latenciesMs();
  const at = (share: number) => quantile(latenciesMs, share);
  return { p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}
