import { describe, expect, it } from 'vitest';
import { SLOW_AFTER_MS, WorkerPlaces } from './worker.places.js';

/** Takes places and begins their attempts. */
function attempting(places: WorkerPlaces, subscriptionId: string, count: number, now = 0): void {
  for (let n = 0; n < count; n++) {
    places.take(`${subscriptionId}-${now}-${n}`, subscriptionId);
    places.begin(`${subscriptionId}-${now}-${n}`, now);
  }
}

describe('a worker’s places', () => {
  it('are free again once an attempt has become slow', () => {
    const places = new WorkerPlaces(10);
    attempting(places, 'hanging', 10);
    expect(places.free).toBe(0);
    expect(places.moveSlow(SLOW_AFTER_MS - 1)).toBe(false);
    expect(places.moveSlow(SLOW_AFTER_MS)).toBe(true);
    expect(places.free).toBe(10);
    places.leave('hanging-0-0');
    expect(places.free).toBe(10);
  });

  it('are taken while a delivery waits for its attempt, or for its record, however long', () => {
    const places = new WorkerPlaces(10);
    places.take('waiting', 'a');
    attempting(places, 'ended', 1);
    places.end('ended-0-0', { latencyMs: 1, isDelivered: true });
    expect(places.moveSlow(60_000)).toBe(false);
    expect(places.free).toBe(8);
  });

  it('are not freed by a machine that is busy all over: slow is what others are not', () => {
    const places = new WorkerPlaces(100);
    for (let n = 0; n < 100; n++) {
      attempting(places, 'a', 1, n);
      places.end(`a-${n}-0`, { latencyMs: 700, isDelivered: true });
      places.leave(`a-${n}-0`);
    }
    attempting(places, 'a', 10);
    expect(places.moveSlow(1_000)).toBe(false);
    expect(places.moveSlow(4_000)).toBe(true);
  });

  it('are bounded: where the pool of slow ones is full, attempts keep theirs', () => {
    const places = new WorkerPlaces(10);
    for (let round = 0; round < 6; round++) {
      attempting(places, 'hanging', 10, round);
      places.moveSlow(round + SLOW_AFTER_MS);
    }
    expect(places.free).toBe(-10);
  });

  it('tell a subscription that has too many slow attempts', () => {
    const places = new WorkerPlaces(10);
    attempting(places, 'hanging', 19);
    places.moveSlow(SLOW_AFTER_MS);
    expect(places.isTooSlow('hanging')).toBe(false);
    attempting(places, 'hanging', 1, 1);
    places.moveSlow(SLOW_AFTER_MS + 1);
    expect(places.isTooSlow('hanging')).toBe(true);
    expect(places.isTooSlow('other')).toBe(false);
  });

  it('allow each of many slow receivers less', () => {
    const places = new WorkerPlaces(10);
    for (let n = 0; n < 20; n++) attempting(places, `hanging-${n}`, 1);
    places.moveSlow(SLOW_AFTER_MS);
    expect(places.slowAllowance).toBe(1);
  });

  it('go to the subscription that has the fewest, the first of each before the second', () => {
    const places = new WorkerPlaces(10);
    attempting(places, 'flooding', 5);
    attempting(places, 'busy', 2);
    const due = ['flooding', 'busy', 'busy', 'quiet', 'quiet', 'new'].map((subscriptionId, n) => ({
      subscriptionId,
      n,
    }));
    expect(places.fairly(due).map(({ n }) => n)).toEqual([3, 5, 4, 1, 2]);
  });
});
