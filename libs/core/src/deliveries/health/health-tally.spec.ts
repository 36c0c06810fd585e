import { describe, expect, it } from 'vitest';
import { HealthTally } from './health-tally.js';

const tallyOf = (...ailing: string[]) => new HealthTally((id) => ailing.includes(id));
const success = { subscriptionId: 'a', failure: null, at: 1 };
const failure = { subscriptionId: 'a', failure: 'HTTP 500', at: 2 };

describe('the tally of results', () => {
  it('leaves no trace of the success of a healthy subscription', () => {
    const tally = tallyOf();
    tally.note(success);
    expect(tally.take()).toEqual([]);
  });

  it('notes the success of one that is failing', () => {
    const tally = tallyOf('a');
    tally.note(success);
    expect(tally.take()).toMatchObject([{ subscriptionId: 'a', succeeded: true, failures: 0 }]);
  });

  it('notes a success after a failure that is not written yet', () => {
    const tally = tallyOf();
    tally.note(failure);
    tally.note(success);
    expect(tally.take()).toMatchObject([{ succeeded: true, failures: 0, reason: null }]);
  });

  it('counts only the failures after the last success', () => {
    const tally = tallyOf('a');
    for (const result of [{ ...failure, at: 1 }, success, failure, { ...failure, at: 3 }]) {
      tally.note(result);
    }
    expect(tally.take()).toMatchObject([
      { succeeded: true, failures: 2, since: 2, reason: 'HTTP 500' },
    ]);
  });

  it('forgets what was taken', () => {
    const tally = tallyOf();
    tally.note(failure);
    tally.take();
    expect(tally.take()).toEqual([]);
  });

  it('loses nothing that could not be written', () => {
    const tally = tallyOf();
    tally.note(failure);
    const taken = tally.take();
    tally.note({ ...failure, failure: 'HTTP 502', at: 9 });
    tally.putBack(taken);
    expect(tally.take()).toMatchObject([
      { succeeded: false, failures: 2, since: 2, reason: 'HTTP 502' },
    ]);
  });

  it('lets a later success stand over an earlier failure that is put back', () => {
    const tally = tallyOf('a');
    tally.note(failure);
    const taken = tally.take();
    tally.note(success);
    tally.putBack(taken);
    expect(tally.take()).toMatchObject([{ succeeded: true, failures: 0 }]);
  });

  it('hands out in one order, so that two writers do not wait for each other', () => {
    const tally = tallyOf();
    for (const id of ['c', 'a', 'b']) tally.note({ ...failure, subscriptionId: id });
    expect(tally.take().map((t) => t.subscriptionId)).toEqual(['a', 'b', 'c']);
  });
});
