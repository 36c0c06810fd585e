import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { RECEIVER_CERT, RECEIVER_KEY } from './receiver-certificate.js';
import { freePort } from './redis.js';

export interface TestRabbitMq {
  readonly port: number;
  /** Its certificate is for `receiver.test`. */
  readonly tlsPort: number;
  readonly user: string;
  readonly password: string;
  /** SIGSTOP: it keeps its connections and answers nobody; then SIGCONT. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** `rabbitmqctl` with these arguments. @throws Error with what it said */
  control(...args: string[]): void;
  stop(): Promise<void>;
}

/** Debian's and others' place of the script that does not change the user. */
const DIRECT = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const READY_WITHIN_MS = 60_000;
const USER = 'tester';
const PASSWORD = 'not-a-real-password';

/**
 * A real RabbitMQ with its own directory, node name, ports and port mapper: from the PATH, or, for root
 * on Debian, installed from the distribution's packages first. Takes some seconds: only for whoever
 * needs it.
 * @throws Error naming the ways to have one
 */
export async function startRabbitMq(): Promise<TestRabbitMq> {
  const server = found() ?? install();
  const dir = await mkdtemp(join(tmpdir(), 'nest-integrations-rabbitmq-'));
  const [port, tlsPort, distPort, epmdPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  await writeFile(join(dir, 'key.pem'), RECEIVER_KEY);
  await writeFile(join(dir, 'cert.pem'), RECEIVER_CERT);
  await writeFile(join(dir, 'plugins'), '[].');
  await writeFile(
    join(dir, 'rabbitmq.conf'),
    [
      `listeners.tcp.1 = 127.0.0.1:${port}`,
      `listeners.ssl.1 = 127.0.0.1:${tlsPort}`,
      `ssl_options.certfile = ${dir}/cert.pem`,
      `ssl_options.keyfile = ${dir}/key.pem`,
      `ssl_options.cacertfile = ${dir}/cert.pem`,
      `default_user = ${USER}`,
      `default_pass = ${PASSWORD}`,
      'log.file.level = warning',
    ].join('\n'),
  );
  const env = {
    ...process.env,
    HOME: dir,
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    // Few schedulers: the machine's cores are shared.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 1:1',
    RABBITMQ_NODENAME: `nest-integrations-${port}@localhost`,
    RABBITMQ_DIST_PORT: String(distPort),
    RABBITMQ_CONFIG_FILE: join(dir, 'rabbitmq'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(dir, 'none'),
    RABBITMQ_CONF_ENV_FILE: join(dir, 'none'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(dir, 'plugins'),
    RABBITMQ_MNESIA_BASE: join(dir, 'mnesia'),
    RABBITMQ_LOG_BASE: join(dir, 'log'),
    RABBITMQ_PID_FILE: join(dir, 'pid'),
  };
  // Started by the node itself it would outlive it.
  const epmd = spawn('epmd', ['-port', String(epmdPort)], { env, stdio: 'ignore' });
  // A group of its own: the script starts the node and helpers.
  const node = spawn(server, [], { env, stdio: 'ignore', detached: true });
  const stop = async (): Promise<void> => {
    await ended(node, (signal) => killGroup(node, signal));
    await ended(epmd, (signal) => epmd.kill(signal));
    await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  try {
    await ready(port, node);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    port,
    tlsPort,
    user: USER,
    password: PASSWORD,
    signal: (signal) => killGroup(node, signal),
    control: (...args) => {
      const command = server.replace(/rabbitmq-server$/, 'rabbitmqctl');
      const { status, stderr, stdout } = spawnSync(command, args, { env });
      if (status !== 0) throw new Error(`rabbitmqctl: ${stderr.toString()}${stdout.toString()}`);
    },
    stop,
  };
}

function found(): string | undefined {
  if (existsSync(DIRECT)) return DIRECT;
  const { status, stdout } = spawnSync('sh', ['-c', 'command -v rabbitmq-server']);
  return status === 0 ? stdout.toString().trim() : undefined;
}

function install(): string {
  const cure = 'install rabbitmq-server';
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0) {
    throw new Error(`The tests of the RabbitMQ provider need a real RabbitMQ: ${cure}.`);
  }
  console.log(
    'RabbitMQ is not installed: installing rabbitmq-server from the distribution’s packages',
  );
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', 'rabbitmq-server'],
  ]) {
    const { status, stderr } = spawnSync('apt-get', args, { env });
    if (status !== 0) {
      throw new Error(`apt-get ${args.join(' ')} failed: ${stderr.toString().trim()}; ${cure}.`);
    }
  }
  return DIRECT;
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid !== undefined) process.kill(-pid, signal);
}

function ended(child: ChildProcess, kill: (signal: 'SIGKILL') => unknown): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    kill('SIGKILL');
  });
}

async function ready(port: number, node: ChildProcess): Promise<void> {
  const giveUpAt = performance.now() + READY_WITHIN_MS;
  while (node.exitCode === null && performance.now() < giveUpAt) {
    if (await answers(port)) return;
    await delay(100);
  }
  throw new Error(`RabbitMQ did not start on port ${port}`);
}

/** To a greeting of another protocol it answers with the version of its own. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1', () => socket.write('AMQP\x09\x09\x09\x09'));
    const answer = (yes: boolean): void => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('data', (data) => answer(data.toString('latin1').startsWith('AMQP')));
    socket.once('error', () => answer(false));
    socket.once('close', () => answer(false));
  });
}
