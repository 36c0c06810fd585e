import { DeliveredEvent, ProviderTrial } from '@nest-integrations/core';
import { describeProvider } from '@nest-integrations/testing';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runCommand } from './command-run.js';
import type { ShellConfig } from './shell-config.js';
import { resolveShellOptions, type ShellProviderOptions } from './shell-options.js';
import { ShellProvider } from './shell.provider.js';

const eventOf = (payload: object) =>
  new DeliveredEvent(
    'ev-1',
    'incident.created',
    '2026-01-02T03:04:05.678Z',
    JSON.stringify(payload),
  );
const event = eventOf({ incident: { id: 'INC-1', title: '$(touch pwned); "x"' }, tags: ['a'] });

const providerOf = (options: ShellProviderOptions) =>
  new ShellProvider(resolveShellOptions(options));

describe('the shell provider', () => {
  let folder: string;
  const trials: ProviderTrial[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nest-integrations-shell-'));
  });

  afterEach(async () => {
    for (const trial of trials.splice(0)) await trial.close();
    await rm(folder, { recursive: true, force: true });
  });

  const script = async (lines: string, interpreter = '/bin/sh') => {
    const path = join(folder, 'command');
    await writeFile(path, `#!${interpreter}\n${lines}\n`, { mode: 0o755 });
    return path;
  };
  const run = async (
    lines: string,
    config: Partial<ShellConfig> = {},
    given: { of?: DeliveredEvent; timeoutMs?: number; options?: ShellProviderOptions } = {},
  ) => {
    const { of = event, timeoutMs = 10_000, options } = given;
    const trial = new ProviderTrial(
      providerOf({ enabled: true, workingDirectory: folder, ...options }),
    );
    trials.push(trial);
    const command = await script(lines);
    return trial.attempt({ config: { command, ...config } }, { event: of, timeoutMs });
  };
  const read = (name: string) => readFile(join(folder, name), 'utf8');
  /** Ids that a command wrote: processes that have to be gone. */
  const areGone = async (name: string) => {
    const ids = (await read(name)).trim().split('\n').map(Number);
    expect(ids.length).toBeGreaterThan(0);
    await vi.waitFor(async () => {
      for (const id of ids) expect(await isRunning(id)).toBe(false);
    }, 15_000);
  };

  it('runs a command, the event on its stdin and in its variables', async () => {
    const { outcome } = await run('cat > stdin; env | sort > env');
    expect(outcome).toEqual({ kind: 'delivered' });
    expect(JSON.parse(await read('stdin'))).toEqual({
      type: 'incident.created',
      timestamp: '2026-01-02T03:04:05.678Z',
      data: event.payload,
    });
    const variables = await read('env');
    expect(variables).toContain('EVENT_ID=ev-1\n');
    expect(variables).toContain('PAYLOAD_INCIDENT_TITLE=$(touch pwned); "x"\n');
    expect(variables).toContain('PAYLOAD_TAGS_0=a\n');
    expect(variables).not.toContain('INCOMPLETE');
  });

  it('lets nothing of its own environment through', async () => {
    process.env['INTEGRATION_KEYS_FOR_TEST'] = 'not-to-be-seen';
    await run(
      'env > env; cat /proc/self/environ > environ 2>/dev/null || :',
      {},
      {
        options: { variables: { LANG: 'C.UTF-8' } },
      },
    );
    delete process.env['INTEGRATION_KEYS_FOR_TEST'];
    const names = (await read('env')).split('\n').map((line) => line.split('=')[0] ?? '');
    const strange = names.filter(
      (name) => !/^(EVENT_|PAYLOAD_|PATH$|LANG$|PWD$|SHLVL$|_$|OLDPWD$|$)/.test(name),
    );
    expect(strange).toEqual([]);
    expect(await read('environ')).not.toContain('not-to-be-seen');
  });

  it('gives each template as one argument, to no shell', async () => {
    const args = ['--', '{{ payload.incident.title }}', '* {{ event.type }}', ''];
    await run(String.raw`printf '<%s>\n' "$@" > args; ls > files`, { args });
    expect(await read('args')).toBe('<-->\n<$(touch pwned); "x">\n<* incident.created>\n<>\n');
    expect(await read('files')).not.toContain('pwned');
  });

  it('names variables safely, and keeps them within bounds', async () => {
    const payload = {
      'a=b\nc': 'x\u0000y',
      systemId: 7,
      long: 'l'.repeat(10_000),
      many: Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, i])),
    };
    await run('env > env', {}, { of: eventOf(payload) });
    const variables = await read('env');
    expect(variables).toContain('PAYLOAD_A_B_C=xy\n');
    expect(variables).toContain('PAYLOAD_SYSTEM_ID=7\n');
    expect(variables).toContain('PAYLOAD_INCOMPLETE=1\n');
    expect(variables).not.toContain('PAYLOAD_LONG');
    expect(variables.match(/^PAYLOAD_/gm)).toHaveLength(201);
  });

  it.each([
    ['exit 75', { kind: 'retry', reason: 'The command asked to be tried again' }],
    [
      'echo first >&2; echo no disk >&2; exit 3',
      { kind: 'rejected', reason: 'The command exited with 3: no disk' },
    ],
    ['kill -9 $$', { kind: 'retry', reason: 'The command was killed by SIGKILL' }],
  ])('takes %j for what it says', async (lines, outcome) => {
    expect((await run(lines)).outcome).toEqual(outcome);
  });

  it('keeps what was printed last with the attempt, and how it ended', async () => {
    const { exchange, notes } = await run('echo to out; echo to err >&2; exit 4');
    expect(exchange).toMatchObject({
      request: { method: 'RUN', url: expect.stringMatching(/command$/) },
      response: { status: 4, body: 'to out' },
    });
    expect(notes).toEqual(['stdout: to out', 'stderr: to err']);
  });

  it('rejects what can’t be started', async () => {
    const trial = new ProviderTrial(providerOf({ enabled: true }));
    trials.push(trial);
    const of = { event };
    for (const config of [
      { command: join(folder, 'not-there') },
      { command: '/etc/passwd' },
      { command: '/bin/true', workingDirectory: join(folder, 'not-there') },
    ]) {
      const { outcome } = await trial.attempt({ config }, of);
      expect(outcome).toMatchObject({
        kind: 'rejected',
        reason: expect.stringMatching(/can’t be started/),
      });
    }
  });

  it('ends an endless loop in time', async () => {
    const { outcome } = await run('echo $$ > pids; while :; do :; done', { timeoutMs: 300 });
    expect(outcome).toEqual({
      kind: 'retry',
      reason: 'The command did not end within 300 ms and was killed',
    });
    await areGone('pids');
  });

  it('ends those that ignore SIGTERM, and their children', async () => {
    const lines = `trap '' TERM
      (trap '' TERM; sh -c 'trap "" TERM; echo $$ >> pids; while :; do sleep 1; done') &
      echo $$ >> pids; while :; do sleep 1; done`;
    const { outcome } = await run(lines, { timeoutMs: 500 });
    expect(outcome).toMatchObject({ kind: 'retry' });
    await areGone('pids');
  });

  it('leaves nothing running behind a command that has ended', async () => {
    const { outcome } = await run('sleep 600 & echo $! > pids; exit 0');
    expect(outcome).toEqual({ kind: 'delivered' });
    await areGone('pids');
  });

  it('ends a flood of output, of which little is kept', async () => {
    const { outcome, notes } = await run('echo $$ > pids; yes nonsense');
    expect(outcome).toEqual({
      kind: 'rejected',
      reason: 'The command printed more than 1 MiB and was killed',
    });
    expect(notes?.join('').length).toBeLessThan(5_000);
    await areGone('pids');
  });

  it('ends the command with its attempt', async () => {
    await run('echo $$ > pids; sleep 600', {}, { timeoutMs: 500 });
    await areGone('pids');
  });

  it('ends it at once where its worker lets go of it, and starts none after that', async () => {
    const abort = new AbortController();
    const command = {
      path: await script("trap '' TERM; echo $$ > pids; echo up; while :; do sleep 1; done"),
      args: [],
      stdin: '',
      environment: { PATH: '/usr/bin:/bin' },
      workingDirectory: folder,
      timeoutMs: 60_000,
      signal: abort.signal,
    };
    const result = runCommand(command);
    await vi.waitFor(() => read('pids'), 15_000);
    abort.abort();
    expect((await result).end).toEqual({ kind: 'aborted' });
    await areGone('pids');
    expect(await runCommand(command)).toMatchObject({ end: { kind: 'aborted' }, totalMs: 0 });
  });

  it('does not wait for one that reads nothing, or that holds its pipes open from another group', async () => {
    const long = eventOf({ text: 't'.repeat(500_000) });
    expect((await run('exit 0', {}, { of: long })).outcome).toEqual({ kind: 'delivered' });
    const { outcome, latencyMs } = await run('setsid sleep 5 & exit 0');
    expect(outcome).toEqual({ kind: 'delivered' });
    expect(latencyMs).toBeLessThan(4_000);
  });

  describe('where the operator does not allow it', () => {
    it.each<[string, ShellProvider, RegExp]>([
      ['by default', new ShellProvider(), /has not switched commands on/],
      ['off', providerOf({ enabled: false }), /has not switched commands on/],
      ['not listed', providerOf({ enabled: true, commands: ['/bin/date'] }), /allows: \/bin\/date/],
    ])('refuses to save and to run a command (%s)', async (_why, provider, message) => {
      const trial = new ProviderTrial(provider);
      trials.push(trial);
      expect(() => trial.config({ command: '/bin/true' })).toThrow(message);
    });

    it('rejects what was saved while it was allowed', async () => {
      const lines = 'echo ran > ran';
      const command = await script(lines);
      const provider = providerOf({ enabled: true, workingDirectory: folder });
      const trial = new ProviderTrial(Object.assign(new ShellProvider(), { validate: () => [] }));
      trials.push(trial);
      expect(provider.validate(trialConfig(command))).toEqual([]);
      const { outcome } = await trial.attempt({ config: { command } }, { event });
      expect(outcome).toMatchObject({
        kind: 'rejected',
        reason: expect.stringMatching(/has not switched commands on/),
      });
      await expect(read('ran')).rejects.toThrow(/ENOENT/);
    });

    it('takes no relative path', () => {
      expect(() => resolveShellOptions({ commands: ['date'] })).toThrow(/absolute path/);
      const trial = new ProviderTrial(providerOf({ enabled: true }));
      trials.push(trial);
      for (const command of ['date', '/opt/../bin/date', '/bin/da\u0000te']) {
        expect(() => trial.config({ command })).toThrow(/command/);
      }
    });
  });
});

describeProvider(
  {
    name: 'shell',
    provider: () => providerOf({ enabled: true }),
    setups: { 'with arguments': () => ({ config: { command: '/bin/true', args: ['a'] } }) },
  },
  { describe, it },
);

function trialConfig(command: string): ShellConfig {
  return { command, args: [], timeoutMs: 1_000 };
}

/** A zombie that nobody has waited for yet runs no longer. */
async function isRunning(id: number): Promise<boolean> {
  try {
    process.kill(id, 0);
  } catch {
    return false;
  }
  const stat = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => null);
  return stat === null ? process.platform !== 'linux' : !/\) [ZX] /.test(stat);
}
