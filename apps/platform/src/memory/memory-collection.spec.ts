import { describe, expect, it } from 'vitest';
import { MemoryCollection } from './memory-collection.js';

describe('the demo’s memory', () => {
  it('makes changes of one entry wait for one another', async () => {
    const doors = new MemoryCollection<string>();
    const seen: (string | undefined)[] = [];
    const turn = (next: string) =>
      doors.change('a', async (current) => {
        seen.push(current);
        await new Promise((resolve) => setImmediate(resolve));
        return next;
      });
    await Promise.all([turn('open'), turn('closed'), turn('locked')]);
    expect(seen).toEqual([undefined, 'open', 'closed']);
    expect(doors.get('a')).toBe('locked');
  });

  it('keeps what was there where a change fails, and goes on', async () => {
    const doors = new MemoryCollection<string>();
    await doors.change('a', async () => 'open');
    const failing = doors.change('a', async () => {
      throw new Error('not durable');
    });
    const after = doors.change('a', async (current) => `${current}, then closed`);
    await expect(failing).rejects.toThrow('not durable');
    expect(await after).toBe('open, then closed');
  });

  it('forgets the oldest beyond its limit and lists the newest first', async () => {
    const doors = new MemoryCollection<string>(2);
    for (const id of ['a', 'b', 'c']) await doors.change(id, async () => id);
    expect(doors.list(10)).toEqual(['c', 'b']);
    expect(doors.list(1)).toEqual(['c']);
    expect(doors.get('a')).toBeUndefined();
  });
});
