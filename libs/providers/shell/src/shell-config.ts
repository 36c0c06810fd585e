import { ui } from '@nest-integrations/common';
import { z } from 'zod';

const absolutePath = z
  .string()
  .max(1_024)
  .regex(/^\/[^\0]*$/, 'must be an absolute path')
  .refine((path) => !path.split('/').includes('..'), 'must not lead upwards (..)');

/** What is run. Version 1. */
export const shellConfig = z.strictObject({
  command: ui(absolutePath.describe('An executable file. It is run as it is, by no shell.'), {
    title: 'Command',
    placeholder: '/usr/local/bin/on-incident',
  }),
  args: ui(
    z
      .array(ui(z.string().max(4_000), { template: 'text' }))
      .max(50)
      .default([])
      .describe(
        'Templates; each yields one argument, whatever is in it. Put -- before those that an event fills, lest one is taken for an option.',
      ),
    { title: 'Arguments' },
  ),
  workingDirectory: ui(absolutePath.optional(), { title: 'Working directory' }),
  timeoutMs: ui(
    z
      .number()
      .int()
      .min(100)
      .max(300_000)
      .default(10_000)
      .describe('Milliseconds until it is ended. The time of an attempt ends it too.'),
    { title: 'Time limit' },
  ),
});

export type ShellConfig = z.output<typeof shellConfig>;
