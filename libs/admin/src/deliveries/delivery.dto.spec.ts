import type { Attempt, DeliveryDetails } from '@nest-integrations/core';
import { describe, expect, it } from 'vitest';
import { toDeliveryDetailsDto } from './delivery.dto.js';

const at = new Date('2026-01-31T12:00:00.000Z');
const time = at.toISOString();

const attempt: Attempt = {
  attempt: 1,
  startedAt: at,
  latencyMs: 12,
  outcome: 'retry',
  isReplay: false,
  error: 'The receiver answered 503',
  request: { method: 'POST', url: 'https://example.com', headers: { a: 'b' }, body: '{"x":1}' },
  response: { status: 503, headers: { c: ['d', 'e'] }, body: 'busy', truncated: false },
  timings: { firstByteMs: 11, totalMs: 12 },
  nextAttemptAt: at,
  notes: ['asked again'],
};

const delivery: DeliveryDetails = {
  id: '0198c5e2-7a7e-7000-8000-000000000000',
  tenant: 'acme',
  eventId: '0198c5e2-7a7e-7000-8000-000000000001',
  eventType: 'incident.created',
  subscriptionId: '0198c5e2-7a7e-7000-8000-000000000002',
  subscriptionName: 'On-call',
  provider: 'webhook',
  status: 'retrying',
  attempts: 1,
  isReplay: false,
  createdAt: at,
  dueAt: at,
  finishedAt: null,
  lastStatus: 503,
  lastError: 'The receiver answered 503',
  externalId: null,
  externalUrl: 'https://chat.example/M-1',
  event: {
    id: '0198c5e2-7a7e-7000-8000-000000000001',
    type: 'incident.created',
    occurredAt: at,
    payloadJson: '{"b":1,"a":[true]}',
    payloadRemovedAt: null,
  },
  log: [attempt],
};

describe('toDeliveryDetailsDto', () => {
  it('shows the payload parsed, in its own order, and times as ISO 8601', () => {
    const dto = toDeliveryDetailsDto(delivery);
    expect(dto.event.occurredAt).toBe(time);
    expect(JSON.stringify(dto.event.payload)).toBe('{"b":1,"a":[true]}');
    expect(dto).toMatchObject({ createdAt: time, dueAt: time, finishedAt: null });
  });

  it('shows what each attempt sent and got', () => {
    const [shown] = toDeliveryDetailsDto(delivery).log;
    expect(JSON.parse(JSON.stringify(shown))).toEqual({
      ...attempt,
      startedAt: time,
      nextAttemptAt: time,
    });
  });

  it('lets nothing out that it does not name', () => {
    const withMore = {
      ...delivery,
      leaseToken: 'x',
      log: [{ ...attempt, request: { ...attempt.request, rawHeaders: 'Bearer x' } } as Attempt],
    };
    expect(toDeliveryDetailsDto(withMore)).toEqual(toDeliveryDetailsDto(delivery));
  });
});
