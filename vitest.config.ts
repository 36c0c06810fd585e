import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** Tests run on the sources, not on what was last built. */
const resolve = {
  alias: [
    {
      find: /^@nest-integrations\/provider-(.+)$/,
      replacement: path('./libs/providers/$1/src/index.ts'),
    },
    { find: /^@nest-integrations\/(.+)$/, replacement: path('./libs/$1/src/index.ts') },
  ],
};

/** As in tsconfig.base.json: spec files lie outside of every tsconfig's `include`. */
const oxc = { decorator: { legacy: true, emitDecoratorMetadata: true } } as const;

const exclude = ['**/dist/**', '**/node_modules/**'];
const services = {
  globalSetup: ['./test/support/services.setup.ts'],
  exclude,
  // The machine's cores are shared with Postgres, Redis and the receivers.
  maxWorkers: 2,
  // A small machine that runs them all may stand still for a moment: what fails twice is broken.
  retry: process.env['CI'] ? 1 : 0,
  // What is looked for again and again is there in a moment; that it never comes is worth a wait.
  expect: { poll: { timeout: 15_000 } },
};

export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-line.reporter.ts'],
    projects: [
      {
        resolve,
        oxc,
        test: {
          name: 'unit',
          sequence: { groupOrder: 0 },
          // Files of a worker share what they import, which takes longer than their tests do: a spec
          // puts back what it changes of the process.
          isolate: false,
          include: ['libs/**/*.spec.ts', 'apps/**/*.spec.ts'],
          exclude: [...exclude, '**/*.flow.spec.ts'],
          setupFiles: ['reflect-metadata'],
          // Some milliseconds each; properties, and threads that start, take longer beside much else.
          testTimeout: 20_000,
          expect: { poll: { timeout: 10_000 } },
        },
      },
      {
        resolve,
        oxc,
        test: {
          ...services,
          name: 'flows',
          sequence: { groupOrder: 1 },
          include: [
            'test/contract/**/*.spec.ts',
            'test/e2e/**/*.spec.ts',
            'test/conformance/**/*.spec.ts',
            '**/*.flow.spec.ts',
          ],
          setupFiles: ['reflect-metadata'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        resolve,
        oxc,
        test: {
          ...services,
          name: 'browser',
          globalSetup: [...services.globalSetup, './test/support/chromium.setup.ts'],
          sequence: { groupOrder: 2 },
          include: ['test/browser/**/*.spec.ts'],
          setupFiles: ['reflect-metadata'],
          // One browser at a time: it takes all the cores there are.
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        resolve,
        oxc,
        test: {
          ...services,
          name: 'faults',
          sequence: { groupOrder: 3 },
          include: ['test/faults/**/*.spec.ts'],
          setupFiles: ['reflect-metadata'],
          // The full form measures recovery: one at a time. The short form mostly waits.
          fileParallelism: process.env['FAULTS'] !== 'full',
          testTimeout: 600_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
