import { secret, ui } from '@nest-integrations/common';
import { z } from 'zod';

/** What runs, and what it may know. Version 1. */
export const scriptConfig = z.strictObject({
  code: ui(
    z
      .string()
      .min(1)
      .max(100_000)
      .describe('A function, async (event) => …, that delivers the event with fetch.'),
    {
      title: 'Code',
      multiline: true,
      code: 'javascript',
      placeholder: 'async (event) => {\n  …\n}',
    },
  ),
  secrets: ui(
    z
      .record(
        z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, 'must be a name, like API_KEY'),
        secret(z.string().min(1).max(10_000)),
      )
      .default({})
      .describe('In the code as secrets.NAME; hidden wherever they would be shown.'),
    { title: 'Secrets' },
  ),
  timeoutSeconds: z.int().min(1).max(30).default(10).describe('For all of it, fetches included.'),
});

export type ScriptConfig = z.output<typeof scriptConfig>;
