import { describe, expect, it } from 'vitest';
import { failureEvents, type FailureNotice } from './failure-events.js';

const notice = (id: number, subscriptionId = 'sub'): FailureNotice => ({
  delivery: { id: `d${id}`, attempts: 1, lastStatus: 500, failedAt: '2026-01-31T12:00:00.000Z' },
  event: { id: `e${id}`, type: 'incident.created' },
  subscription: { id: subscriptionId, name: 'Billing', tenant: null, provider: 'webhook' },
  reason: 'HTTP 500',
});
const many = (count: number, subscriptionId?: string) =>
  Array.from({ length: count }, (_, i) => notice(i, subscriptionId));

const countsOf = (notices: readonly FailureNotice[]) =>
  failureEvents(notices).events.map(({ event }) =>
    'alsoFailed' in event.payload ? event.payload.alsoFailed : null,
  );

describe('the events that tell of dead deliveries', () => {
  it('gives a few an event each', () => {
    expect(countsOf(many(5))).toEqual([0, 0, 0, 0, 0]);
  });

  it('counts the rest of a storm in the last event, and loses none', () => {
    expect(countsOf(many(1_000))).toEqual([0, 0, 0, 0, 995]);
    expect(failureEvents(many(1_000)).told).toHaveLength(1_000);
  });

  it('leaves what has no place for the next time', () => {
    const notices = Array.from({ length: 80 }, (_, i) => notice(i, `sub-${i}`));
    const { events, told } = failureEvents(notices);
    expect(events).toHaveLength(50);
    expect(told).toEqual(notices.slice(0, 50).map(({ delivery }) => delivery.id));
  });

  it('gives an event a key of its delivery, so that none is told twice', () => {
    const keys = failureEvents(many(5)).events.map(({ key }) => key);
    expect(new Set(keys).size).toBe(5);
    expect(keys).toEqual(failureEvents(many(9)).events.map(({ key }) => key));
  });
});
