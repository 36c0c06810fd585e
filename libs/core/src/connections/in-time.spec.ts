import { describe, expect, it } from 'vitest';
import { inTime } from './in-time.js';

describe('what is waited for while an admin looks on', () => {
  it('ends with its own result', async () => {
    const { signal } = new AbortController();
    await expect(inTime(Promise.resolve(1), signal)).resolves.toBe(1);
    await expect(inTime(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
  });

  it('ends when its time is over, although it never ends itself', async () => {
    const time = new AbortController();
    const waited = inTime(new Promise(() => {}), time.signal);
    time.abort();
    await expect(waited).rejects.toThrow('did not answer in time');
    await expect(inTime(new Promise(() => {}), time.signal)).rejects.toThrow('in time');
  });
});
