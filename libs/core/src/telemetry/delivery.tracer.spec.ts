import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { resolveOptions } from '../integration-options.js';
import { DeliveryTracer } from './delivery.tracer.js';

const options = (propagateTrace: boolean) =>
  resolveOptions({
    database: { url: 'postgres://localhost/none' },
    secrets: { keys: [{ id: 'test', key: randomBytes(32).toString('base64') }] },
    telemetry: { propagateTrace },
  });

const attempt = (trace: string | null) => ({
  deliveryId: 'd1',
  attempt: 1,
  provider: 'webhook',
  subscriptionId: 's1',
  event: { id: 'e1', type: 'order.paid', trace },
});

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('a process without an OpenTelemetry SDK', () => {
  it('hands a stored trace on unchanged, its vendor’s state left out', () => {
    const { headers } = new DeliveryTracer(options(true)).attempt(attempt(`${traceparent} a=b`));
    expect(headers).toEqual({ traceparent });
  });

  it('sends no trace where none is stored, or the host keeps it inside', () => {
    expect(new DeliveryTracer(options(true)).attempt(attempt(null)).headers).toBeNull();
    expect(new DeliveryTracer(options(false)).attempt(attempt(traceparent)).headers).toBeNull();
  });

  it('stores no trace, and makes nothing new for an attempt that has none', async () => {
    const tracer = new DeliveryTracer(options(true));
    expect(tracer.current()).toBeNull();
    expect(tracer.attempt(attempt(null))).toBe(tracer.attempt(attempt(null)));
    await expect(tracer.publishing('order.paid', () => Promise.resolve(7))).resolves.toBe(7);
  });
});
