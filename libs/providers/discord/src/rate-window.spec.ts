import { describe, expect, it } from 'vitest';
import type { OutboundResponse } from '@nest-integrations/core';
import { RateWindow } from './rate-window.js';

const response = (headers: OutboundResponse['headers']): OutboundResponse => ({
  status: 200,
  ok: true,
  headers,
  body: Buffer.alloc(0),
  truncated: false,
  timings: { totalMs: 1 },
  text: () => '',
  json: () => null,
});

async function waited(headers: OutboundResponse['headers']): Promise<number> {
  const window = new RateWindow();
  window.note(response(headers));
  const begun = performance.now();
  await window.wait(AbortSignal.timeout(5_000));
  return performance.now() - begun;
}

describe('the window of a webhook’s limit', () => {
  it('is waited for where the last answer used it up', async () => {
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset-after': '0.2' };
    expect(await waited(headers)).toBeGreaterThanOrEqual(190);
  });

  it('is open while there is room, where nothing is said, and where waiting would take long', async () => {
    const answers: OutboundResponse['headers'][] = [
      { 'x-ratelimit-remaining': '3', 'x-ratelimit-reset-after': '2' },
      {},
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset-after': '3600' },
    ];
    for (const headers of answers) {
      // Well below the two seconds that it would be for the first.
      expect(await waited(headers)).toBeLessThan(1_000);
    }
  });

  it('is not waited for by an attempt that ends', async () => {
    const window = new RateWindow();
    window.note(response({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset-after': '4' }));
    await expect(window.wait(AbortSignal.abort())).rejects.toThrow(/abort/i);
  });
});
