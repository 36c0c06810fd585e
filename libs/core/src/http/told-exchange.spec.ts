import { expect, it } from 'vitest';
import { recordedTold } from './told-exchange.js';

it('shows what a provider told without the secrets in it', () => {
  const exchange = recordedTold(
    {
      request: {
        method: 'SEND',
        url: 'smtp://me:p4ssw0rd@mail.example.com:587',
        headers: { subject: 'The key is hunter22' },
        body: 'hunter22\0',
      },
      response: { status: 250, body: '2.0.0 queued, hunter22' },
      totalMs: 12,
    },
    ['hunter22'],
  );
  expect(exchange).toEqual({
    request: {
      method: 'SEND',
      url: 'smtp://[redacted]@mail.example.com:587',
      headers: { subject: 'The key is [redacted]' },
      body: '[redacted]\uFFFD',
    },
    response: { status: 250, headers: {}, body: '2.0.0 queued, [redacted]', truncated: false },
    timings: { totalMs: 12 },
  });
  expect(recordedTold({ ...EMPTY, response: null }, []).response).toBeNull();
});

const EMPTY = { request: { method: 'SEND', url: 'smtp://a.test' }, totalMs: 0 };
