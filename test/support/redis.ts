import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface TestRedis {
  readonly url: string;
  /** SIGSTOP: it keeps its connections and answers nobody; then SIGCONT. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  stop(): Promise<void>;
}

const SERVERS = ['redis-server', 'valkey-server'];
const READY_WITHIN_MS = 10_000;

/**
 * A real Redis: that of `REDIS_URL`; else one started from the PATH; else, for root on Debian, one
 * installed from the distribution's packages first.
 * @throws Error naming the ways to have one
 */
export async function ensureRedis(): Promise<TestRedis> {
  const given = process.env['REDIS_URL'];
  if (given) return { url: given, signal: () => undefined, stop: () => Promise.resolve() };
  const server = SERVERS.find(isOnPath) ?? install();
  return start(server);
}

function isOnPath(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}

function install(): string {
  const cure =
    'install redis-server or valkey-server, or set REDIS_URL to a Redis that the tests may use';
  if (process.getuid?.() !== 0 || !isOnPath('apt-get')) {
    throw new Error(`The tests need a real Redis: ${cure}.`);
  }
  console.log('Redis is not installed: installing redis-server from the distribution’s packages');
  // Its service is not wanted: policy-rc.d would be a file of ours on the machine, so it is stopped after.
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  for (const arguments_ of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', 'redis-server'],
  ]) {
    const { status, stderr } = spawnSync('apt-get', arguments_, { env: environment });
    if (status !== 0) {
      throw new Error(
        `apt-get ${arguments_.join(' ')} failed: ${stderr.toString().trim()}; ${cure}.`,
      );
    }
  }
  return 'redis-server';
}

/** One of a test's own, to be stopped, flushed and starved; `port`: that of one before it. */
export async function startRedis(port?: number): Promise<TestRedis> {
  return start(SERVERS.find(isOnPath) ?? install(), port);
}

async function start(command: string, wantedPort?: number): Promise<TestRedis> {
  const dir = await mkdtemp(join(tmpdir(), 'nest-integrations-redis-'));
  const port = wantedPort ?? (await freePort());
  const child = spawn(
    command,
    `--port ${port} --bind 127.0.0.1 --appendonly no --dir ${dir}`.split(' ').concat('--save', ''),
    { stdio: 'ignore' },
  );
  const stop = async () => {
    await ended(child);
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await ready(port, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    signal: (signal) => child.kill(signal),
    stop,
  };
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

async function ready(port: number, child: ChildProcess): Promise<void> {
  const giveUpAt = performance.now() + READY_WITHIN_MS;
  while (child.exitCode === null && performance.now() < giveUpAt) {
    if (await answersPing(port)) return;
    await delay(25);
  }
  throw new Error(`${child.spawnfile} did not start on port ${port}`);
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1', () => socket.write('PING\r\n'));
    const answer = (yes: boolean) => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('data', (data) => answer(data.toString().startsWith('+PONG')));
    socket.once('error', () => answer(false));
  });
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = address && typeof address === 'object' ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
