import { context, metrics, propagation, SpanKind, trace } from '@opentelemetry/api';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { Injectable } from '@nestjs/common';
import { IntegrationEvent, IntegrationMetrics } from '@nest-integrations/core';
import { Receiver } from '@nest-integrations/testing';
import parsePrometheus from 'parse-prometheus-text-format';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { Host, type HostSettings } from '../support/host.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { redisUrl } from '../support/run-redis.js';

@Injectable()
class OrderEvents {
  @IntegrationEvent({
    hook: 'order.paid',
    displayName: 'Order paid',
    payload: z.object({ n: z.number() }),
  })
  paid(order: { n: number }) {
    return order;
  }
}

/** Collects when the test asks. */
class ManualReader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

const spans = new InMemorySpanExporter();
const tracing = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
const reader = new ManualReader();
const metering = new MeterProvider({ readers: [reader] });
const tracer = trace.getTracer('the host');

beforeAll(() => {
  tracing.register();
  metrics.setGlobalMeterProvider(metering);
});

afterAll(async () => {
  await tracing.shutdown();
  await metering.shutdown();
  trace.disable();
  context.disable();
  propagation.disable();
  metrics.disable();
});

interface Traced {
  readonly traceId: string;
  readonly spanId: string;
}

function traceOf(traceparent: string | undefined): Traced {
  const [, traceId = '', spanId = ''] = /^00-(\w{32})-(\w{16})-01$/.exec(traceparent ?? '') ?? [];
  return { traceId, spanId };
}

describe.each(['postgres', 'bull'] as const)('traces over the %s queue', (queue) => {
  let database: FreshDatabase;
  let receiver: Receiver;
  let settings: HostSettings;
  let accepting: Host;

  beforeAll(async () => {
    database = await freshDatabase();
    receiver = await Receiver.start();
    settings = {
      databaseUrl: database.url,
      queue,
      redisUrl: redisUrl(),
      redisPrefix: `telemetry-${queue}-${process.pid}`,
      providers: [OrderEvents],
    };
    // It only accepts: what its events are delivered with comes over the queue, from the table.
    accepting = await Host.start({ ...settings, worker: { enabled: false } });
    await accepting.subscribe(receiver.url, { retryPolicy: { delaysSeconds: [1] } });
  });

  beforeEach(() => {
    spans.reset();
    receiver.requests.length = 0;
    receiver.answer(() => ({ status: 200 }));
  });

  afterAll(async () => {
    await accepting.stop();
    await receiver.stop();
    await database.drop();
  });

  const publishTraced = () =>
    tracer.startActiveSpan('pay', async (span) => {
      const event = await accepting.publisher.publish('order.paid', { n: 1 });
      span.end();
      return { event, traceId: span.spanContext().traceId };
    });

  it('reach the receiver from the publish, over another process and a retry', async () => {
    const delivering = await Host.start(settings);
    try {
      receiver.answer((_, index) => ({ status: index === 0 ? 503 : 200 }));
      const { event, traceId } = await publishTraced();
      await receiver.waitFor(2);
      const [delivery] = await delivering.allDeliveries({ eventId: event.id });
      await delivering.deliveryWhen(delivery?.id ?? '', ({ status }) => status === 'delivered');

      const received = receiver.requests.map(({ headers }) => traceOf(headers['traceparent']));
      expect(received.map((r) => r.traceId)).toEqual([traceId, traceId]);
      const attempts = spans.getFinishedSpans().filter(({ kind }) => kind === SpanKind.CLIENT);
      expect(attempts.map((span) => span.spanContext().spanId)).toEqual(
        received.map((r) => r.spanId),
      );
      const publish = spans.getFinishedSpans().find(({ kind }) => kind === SpanKind.PRODUCER);
      expect(attempts[0]?.parentSpanContext?.spanId).toBe(publish?.spanContext().spanId);
      expect(attempts.map(({ attributes }) => attributes)).toMatchObject([
        {
          'integration.delivery.id': delivery?.id,
          'integration.event.id': event.id,
          'integration.subscription.id': delivery?.subscriptionId,
          'integration.attempt': 1,
          'integration.outcome': 'retry',
          'http.response.status_code': 503,
        },
        { 'integration.attempt': 2, 'integration.outcome': 'delivered' },
      ]);
      for (const { headers } of receiver.requests) {
        expect(Object.keys(headers)).not.toContain('tracestate');
        expect(Object.keys(headers)).not.toContain('baggage');
      }
    } finally {
      await delivering.stop();
    }
  });

  it('stay inside where the host says so, and its own spans go on', async () => {
    const delivering = await Host.start({ ...settings, telemetry: { propagateTrace: false } });
    try {
      const { traceId } = await publishTraced();
      await receiver.waitFor(1);
      expect(receiver.requests[0]?.headers['traceparent']).toBeUndefined();
      await expect
        .poll(() =>
          spans
            .getFinishedSpans()
            .filter(({ kind }) => kind === SpanKind.CLIENT)
            .map((span) => span.spanContext().traceId),
        )
        .toEqual([traceId]);
    } finally {
      await delivering.stop();
    }
  });
});

describe('metrics', () => {
  let database: FreshDatabase;
  let receiver: Receiver;
  let host: Host;

  beforeAll(async () => {
    database = await freshDatabase();
    receiver = await Receiver.start();
    host = await Host.start({
      databaseUrl: database.url,
      queue: 'postgres',
      redisUrl: redisUrl(),
      redisPrefix: 'metrics',
      providers: [OrderEvents],
    });
    await host.subscribe(receiver.url, { retryPolicy: 'none' });
    receiver.answer((_, index) => ({ status: index === 0 ? 500 : 200 }));
    for (let n = 0; n < 3; n++) {
      await host.publisher.publish('order.paid', { n });
      await receiver.waitFor(n + 1);
    }
    await vi.waitFor(
      async () => {
        const { delivered, failed } = (await host.health.check()).counters;
        expect({ delivered, failed }).toEqual({ delivered: 2, failed: 1 });
      },
      { timeout: 10_000 },
    );
  });

  afterAll(async () => {
    await host.stop();
    await receiver.stop();
    await database.drop();
  });

  it('are told in Prometheus’s format, which a parser of others reads', async () => {
    const text = await host.app.get(IntegrationMetrics).prometheus();
    const families = parsePrometheus(text);
    const of = (name: string) => families.find((family) => family.name === name);
    expect(of('integration_events_accepted_total')).toMatchObject({
      type: 'COUNTER',
      metrics: [
        { value: '3', labels: { integration_transaction: 'own' } },
        { value: '0', labels: { integration_transaction: 'caller' } },
      ],
    });
    expect(of('integration_deliveries_delivered_total')?.metrics).toEqual([{ value: '2' }]);
    expect(of('integration_deliveries_failed_total')?.metrics).toEqual([{ value: '1' }]);
    expect(of('integration_queue_lag_seconds')).toMatchObject({ type: 'GAUGE' });
    expect(of('db_client_connection_count')?.metrics).toHaveLength(2);
    expect(of('integration_attempt_duration_seconds')?.type).toBe('HISTOGRAM');
    const attempts = (suffix: string, outcome: string) =>
      text.match(
        new RegExp(
          `^integration_attempt_duration_seconds_${suffix}\\{integration_provider="webhook",integration_outcome="${outcome}"(?:,le="\\+Inf")?\\} (\\S+)$`,
          'm',
        ),
      )?.[1];
    expect(attempts('count', 'retry')).toBe('1');
    expect(attempts('bucket', 'retry')).toBe('1');
    expect(attempts('count', 'delivered')).toBe('2');
    expect(attempts('bucket', 'delivered')).toBe('2');
    expect(Number(attempts('sum', 'delivered'))).toBeGreaterThan(0);
  });

  it('name no subscription, event or address', async () => {
    const text = await host.app.get(IntegrationMetrics).prometheus();
    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(text).not.toContain('127.0.0.1');
    expect(text).not.toContain('order.paid');
  });

  it('tell how long the oldest delivery has been due, whoever should take it', async () => {
    const apart = await freshDatabase();
    const idle = await Host.start({
      databaseUrl: apart.url,
      queue: 'postgres',
      redisUrl: redisUrl(),
      redisPrefix: 'metrics-lag',
      providers: [OrderEvents],
      worker: { enabled: false },
    });
    try {
      await idle.subscribe(receiver.url);
      await idle.publisher.publish('order.paid', { n: 1 });
      const families = parsePrometheus(await idle.app.get(IntegrationMetrics).prometheus());
      const value = (name: string) =>
        Number(families.find((family) => family.name === name)?.metrics[0]?.value);
      expect(value('integration_queue_waiting')).toBe(1);
      expect(value('integration_queue_lag_seconds')).toBeGreaterThan(0);
      expect(value('integration_queue_lag_seconds')).toBeLessThan(60);
    } finally {
      await idle.stop();
      await apart.drop();
    }
  });

  it('count subscriptions by the state of their circuit', async () => {
    const apart = await freshDatabase();
    const other = await Host.start({
      databaseUrl: apart.url,
      queue: 'postgres',
      redisUrl: redisUrl(),
      redisPrefix: 'metrics-circuit',
      providers: [OrderEvents],
      worker: { enabled: false },
    });
    const client = new Client({ connectionString: apart.url });
    await client.connect();
    try {
      await client.query(
        `CREATE TABLE IF NOT EXISTS integration.integration_subscription_gates (
          subscription_id uuid PRIMARY KEY, circuit text NOT NULL DEFAULT 'closed')`,
      );
      await client.query(
        `INSERT INTO integration.integration_subscription_gates (subscription_id, circuit)
         VALUES (gen_random_uuid(), 'open'), (gen_random_uuid(), 'open'), (gen_random_uuid(), 'closed')`,
      );
      const families = parsePrometheus(await other.app.get(IntegrationMetrics).prometheus());
      const circuits = families.find(({ name }) => name === 'integration_subscriptions_circuit');
      expect(circuits?.metrics).toHaveLength(2);
      expect(circuits?.metrics).toContainEqual({
        value: '2',
        labels: { integration_circuit_state: 'open' },
      });
    } finally {
      await client.end();
      await other.stop();
      await apart.drop();
    }
  });

  it('reach the host’s OpenTelemetry SDK under their names', async () => {
    const { resourceMetrics, errors } = await reader.collect();
    expect(errors).toEqual([]);
    const ours = resourceMetrics.scopeMetrics.find(
      ({ scope }) => scope.name === '@nest-integrations/core',
    );
    const pointsOf = (name: string) =>
      ours?.metrics
        .filter(({ descriptor }) => descriptor.name === name)
        .flatMap((m) => m.dataPoints as unknown[]);
    expect(pointsOf('integration.deliveries.delivered')).toContainEqual(
      expect.objectContaining({ value: 2 }),
    );
    expect(pointsOf('integration.attempt.duration')).toContainEqual(
      expect.objectContaining({
        attributes: { 'integration.provider': 'webhook', 'integration.outcome': 'delivered' },
      }),
    );
    expect(pointsOf('integration.queue.lag')).toHaveLength(1);
  });
});
