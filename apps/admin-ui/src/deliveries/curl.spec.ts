import { describe, expect, it } from 'vitest';
import { curlOf } from './curl';

describe('curlOf', () => {
  it('quotes for a shell what was sent, and leaves to curl the headers that it makes', () => {
    expect(
      curlOf({
        method: 'POST',
        url: "https://example.com/a?b='$(id)'",
        headers: { 'x-a': 'b', 'content-length': '3' },
        body: '{"a":1}',
      }),
    ).toBe(
      [
        String.raw`curl -X POST 'https://example.com/a?b='\''$(id)'\'''`,
        `-H 'x-a: b'`,
        `--data-binary '{"a":1}'`,
      ].join(' \\\n  '),
    );
  });
});
