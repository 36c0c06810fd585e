import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseConfig, parseGivenConfig } from './config-schema.js';
import { versioned } from './versioned.js';

const schema = versioned(
  3,
  z.object({
    url: z.string(),
    tries: z.number().default(2),
    tags: z.array(z.object({ t: z.string() })).optional(),
  }),
  {
    1: (old) => ({ link: z.object({ address: z.string() }).parse(old).address }),
    2: (old) => ({ url: z.object({ link: z.string() }).parse(old).link }),
  },
);

describe('a stored config', () => {
  it('is led through every migration since its version, and given its defaults', () => {
    const parsed = parseConfig(schema, { version: 1, config: { address: 'https://x' } });
    expect(parsed).toEqual({ ok: true, config: { url: 'https://x', tries: 2 } });
  });

  it.each([
    ['a later version', { version: 4, config: {} }, /version 4; this app knows up to 3/],
    ['a version from which nothing leads on', { version: 0, config: {} }, /no migration leads on/],
    [
      'what its migration throws at',
      { version: 1, config: null },
      /can't be migrated from version 1/,
    ],
  ])('is refused with %s', (_what, stored, message) => {
    expect(parseConfig(schema, stored)).toMatchObject({
      ok: false,
      problems: [{ field: 'config', message: expect.stringMatching(message) }],
    });
  });
});

describe('a config that is given', () => {
  it('is refused with fields that the schema would drop', () => {
    const given = { url: 'x', tires: 3, tags: [{ t: 'a' }, { t: 'b', colour: 'red' }] };
    expect(parseGivenConfig(schema, given)).toEqual({
      ok: false,
      problems: [
        { field: 'config.tires', message: 'is not a known field' },
        { field: 'config.tags[1].colour', message: 'is not a known field' },
      ],
    });
  });
});
