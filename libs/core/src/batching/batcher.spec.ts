import { describe, expect, it } from 'vitest';
import { Batcher } from './batcher.js';

/** A run that ends when the test says so. */
function gate() {
  const batches: { items: readonly number[]; end: () => void; fail: (e: Error) => void }[] = [];
  let arrived: () => void = () => undefined;
  const run = (items: readonly number[]): Promise<number[]> =>
    new Promise((resolve, reject) => {
      batches.push({ items, end: () => resolve(items.map((i) => i * 10)), fail: reject });
      arrived();
    });
  const batch = async (index: number) => {
    while (batches.length <= index) await new Promise<void>((resolve) => (arrived = resolve));
    const found = batches[index];
    if (!found) throw new Error(`no batch ${index}`);
    return found;
  };
  return { run, batch, batches };
}

describe('Batcher', () => {
  it('runs what is added together as one batch, and answers each with its own result', async () => {
    const { run, batch } = gate();
    const batcher = new Batcher({ run, maxBatch: 10, concurrency: 1 });
    const results = [batcher.add(1), batcher.add(2), batcher.add(3)];
    const first = await batch(0);
    expect(first.items).toEqual([1, 2, 3]);
    first.end();
    expect(await Promise.all(results)).toEqual([10, 20, 30]);
  });

  it('gathers what comes while a batch is under way into the next one', async () => {
    const { run, batch } = gate();
    const batcher = new Batcher({ run, maxBatch: 10, concurrency: 1 });
    const one = batcher.add(1);
    const first = await batch(0);
    const others = [batcher.add(2), batcher.add(3)];
    first.end();
    await one;
    const second = await batch(1);
    expect(second.items).toEqual([2, 3]);
    second.end();
    await Promise.all(others);
  });

  it('keeps to the largest batch', async () => {
    const { run, batch } = gate();
    const batcher = new Batcher({ run, maxBatch: 2, concurrency: 2 });
    const all = [1, 2, 3].map((n) => batcher.add(n));
    const [first, second] = [await batch(0), await batch(1)];
    expect([first.items, second.items]).toEqual([[1, 2], [3]]);
    first.end();
    second.end();
    expect(await Promise.all(all)).toEqual([10, 20, 30]);
  });

  it('fails only the calls of the batch that failed', async () => {
    const { run, batch } = gate();
    const batcher = new Batcher({ run, maxBatch: 1, concurrency: 1 });
    const bad = batcher.add(1);
    const good = batcher.add(2);
    (await batch(0)).fail(new Error('database away'));
    await expect(bad).rejects.toThrow('database away');
    (await batch(1)).end();
    expect(await good).toBe(20);
  });

  it('is drained when nothing waits or runs', async () => {
    const { run, batch } = gate();
    const batcher = new Batcher({ run, maxBatch: 1, concurrency: 1 });
    const all = [batcher.add(1), batcher.add(2)];
    let drained = false;
    const draining = batcher.drained().then(() => (drained = true));
    (await batch(0)).end();
    await all[0];
    expect(drained).toBe(false);
    (await batch(1)).end();
    await draining;
    expect(batcher.pending).toBe(false);
  });
});
