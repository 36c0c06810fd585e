import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, it } from 'vitest';
import { readBenchSettings } from '../bench/bench-settings.js';
import { freshDatabase } from '../support/postgres.js';

const BENCH = fileURLToPath(new URL('../bench/dist/bench/bench.js', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What `npm run bench -- …` runs once it has built. */
function bench(...args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [BENCH, ...args], {
    env: { ...process.env, REDIS_URL: inject('redisUrl') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

describe('npm run bench', () => {
  // At once: most of their time goes into starting a process for each phase.
  describe.concurrent('measures in a small form too', () => {
    it.each([
      ['durable', ['bareRate', 'postgresRatio', 'bullRatio', 'acceptRate', 'latencyP99Ms']],
      ['history', ['historyRows', 'emptyRate', 'fullRate', 'historyRatio']],
      ['hanging', ['noneHangsRate', 'oneHangsRate', 'hangingRatio']],
      ['backlog', ['backlogDeliveries', 'backlogMaxRssMb', 'backlogRate']],
      ['lists', ['listsRows', 'listsSlowestP95Ms', 'deliveriesP50Ms', 'overviewRatio']],
    ])(
      '%s',
      async (name, figures) => {
        const database = await freshDatabase();
        try {
          const small = ['--rows', '200', '--rounds', '1', '--database-url', database.url];
          const { code, stdout, stderr } = await bench('--case', name, ...small, '--json');
          expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
          const yielded: Record<string, unknown> = JSON.parse(
            stdout.trim().split('\n').at(-1) ?? '',
          );
          for (const figure of figures) expect(yielded[figure], figure).toBeGreaterThan(0);
          for (const value of Object.values(yielded)) expect(value).toEqual(expect.any(Number));
        } finally {
          await database.drop();
        }
      },
      240_000,
    );
  });

  it('tells how it is used', async () => {
    const { code, stdout, stderr } = await bench('--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('--case NAME');
  });

  it('answers a wrong command line with one line', async () => {
    const { code, stdout, stderr } = await bench('--cases', 'durable');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe("Unknown option '--cases'. See npm run bench -- --help\n");
  });

  it.each([
    [['--case', 'toString'], '--case is one of durable, history'],
    [['--case'], "Option '--case <value>' argument missing"],
    [['durable'], "Unexpected argument 'durable'"],
    [['--queue', 'kafka'], '--queue is postgres or bull'],
    [['--rows', 'many'], '--rows is a whole number of 100 or more'],
    [['--rounds', '0'], '--rounds is a whole number of 1 or more'],
  ])('refuses %j before anything is started', (args, words) => {
    const read = () => readBenchSettings(args, ['durable', 'history']);
    expect(read).toThrow(words);
    expect(read).not.toThrow('\n');
  });
});
