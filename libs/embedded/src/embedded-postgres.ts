import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, chmod, chown, mkdir, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { postgresBinaries, type PostgresBinaries } from './postgres-binaries.js';
import { postgresUser, type ProcessUser } from './postgres-user.js';

export interface EmbeddedPostgresOptions {
  /** Holds the cluster, its password and its log. Made where it is missing. */
  readonly dataDir: string;
  /** Default: that of the last time, if it is free, else any that is. */
  readonly port?: number;
  /** Made where it is missing. Default `app`. */
  readonly database?: string;
  /** Told, in a line each, what takes a moment. */
  readonly log?: (line: string) => void;
}

export interface EmbeddedPostgres {
  /** `postgres://…`, with its password. */
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  /** Resolves when the server has ended, its data safe. Idempotent. */
  stop(): Promise<void>;
}

/** Another process uses the data folder. */
export class DataDirInUseError extends Error {
  constructor(dataDir: string) {
    super(
      `The data folder ${dataDir} is in use by another running app: stop that one, or choose another folder`,
    );
    this.name = 'DataDirInUseError';
  }
}

const USER = 'app';
/** Held by the app that owns a server, over a connection that ends with the app, however that ends. */
const OWNER_LOCK = 7_101_958;
const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 25;

/**
 * Starts a real Postgres from the binaries that npm installed: durable (fsync on), on 127.0.0.1 only,
 * with a password of its own. A server that an app killed with -9 left behind is taken over.
 * @throws DataDirInUseError, or Error with the end of the server's log
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const cluster = await Cluster.prepare(options);
  const pid = (await cluster.runningPid()) ?? (await cluster.start(options.port));
  const owner = await cluster.own();
  const url = await cluster.ensureDatabase(options.database ?? 'app');
  const killAtExit = () => process.kill(pid, 'SIGINT');
  process.once('exit', killAtExit);
  let stopping: Promise<void> | null = null;
  return {
    url,
    port: cluster.port,
    dataDir: cluster.dataDir,
    stop: () => {
      stopping ??= (async () => {
        process.off('exit', killAtExit);
        await owner.end();
        await stopServer(pid);
      })();
      return stopping;
    },
  };
}

class Cluster {
  port = 0;
  private readonly pgData: string;

  private constructor(
    readonly dataDir: string,
    private readonly password: string,
    private readonly binaries: PostgresBinaries,
    private readonly user: ProcessUser | null,
  ) {
    this.pgData = join(dataDir, 'postgres');
  }

  static async prepare({ dataDir: given, log }: EmbeddedPostgresOptions): Promise<Cluster> {
    const dataDir = resolve(given);
    const user = await postgresUser();
    await mkdir(dataDir, { recursive: true });
    if (user) {
      // Its files keep their own modes; the server's user must only pass through.
      await chmod(dataDir, ((await stat(dataDir)).mode & 0o777) | 0o011);
      await assertReachable(dataDir, user);
    }
    const password = await keptPassword(join(dataDir, 'postgres-password'));
    const cluster = new Cluster(dataDir, password, await postgresBinaries(user), user);
    if (!(await exists(join(cluster.pgData, 'PG_VERSION')))) {
      log?.(`Setting up Postgres in ${dataDir}`);
      await cluster.initialise();
    }
    return cluster;
  }

  /** The server that runs on this cluster, left by an app that was killed; null: none. */
  async runningPid(): Promise<number | null> {
    const file = await readFile(join(this.pgData, 'postmaster.pid'), 'utf8').catch(() => null);
    const lines = file?.split('\n') ?? [];
    const [pid, port] = [Number(lines[0]), Number(lines[3])];
    if (!pid || !port || !isAlive(pid)) return null;
    this.port = port;
    return (await this.ready(() => !isAlive(pid))) ? pid : null;
  }

  async start(wantedPort: number | undefined): Promise<number> {
    this.port = wantedPort || (await this.choosePort());
    const log = await open(join(this.dataDir, 'postgres.log'), 'a');
    const settings = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      max_connections: '100',
      // Given, for whoever finds them changed in the cluster's own file.
      fsync: 'on',
      synchronous_commit: 'on',
      full_page_writes: 'on',
    };
    // Detached: a Ctrl-C in the terminal is for the app, which drains before it stops the server.
    const child = spawn(
      this.binaries.postgres,
      [
        '-D',
        this.pgData,
        '-p',
        String(this.port),
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      { ...this.user, cwd: this.pgData, detached: true, stdio: ['ignore', log.fd, log.fd] },
    );
    await log.close();
    child.unref();
    let ended = false;
    child.once('error', () => (ended = true));
    child.once('exit', () => (ended = true));
    if (!(await this.ready(() => ended)) || child.pid === undefined) {
      throw new Error(`Postgres did not start on ${this.pgData}:\n${await this.logTail()}`);
    }
    await writeFile(join(this.dataDir, 'postgres-port'), String(this.port));
    return child.pid;
  }

  /** @throws DataDirInUseError */
  async own(): Promise<Client> {
    const client = new Client({ connectionString: this.urlOf('postgres') });
    // The server ended while it was ours: whoever uses it finds out by its own connection.
    client.on('error', () => undefined);
    await client.connect();
    const { rows } = await client.query<{ locked: boolean }>(
      'SELECT pg_try_advisory_lock($1) AS locked',
      [OWNER_LOCK],
    );
    if (rows[0]?.locked) return client;
    await client.end();
    throw new DataDirInUseError(this.dataDir);
  }

  async ensureDatabase(name: string): Promise<string> {
    await createDatabase(this.urlOf('postgres'), name);
    return this.urlOf(name);
  }

  private urlOf(database: string): string {
    return `postgres://${USER}:${this.password}@127.0.0.1:${this.port}/${database}`;
  }

  private async initialise(): Promise<void> {
    // Left by a set-up that was interrupted.
    await rm(this.pgData, { recursive: true, force: true });
    await mkdir(this.pgData, { mode: 0o700 });
    const passwordFile = join(this.dataDir, `initdb-${process.pid}`);
    await writeFile(passwordFile, `${this.password}\n`, { mode: 0o600 });
    if (this.user) {
      await chown(this.pgData, this.user.uid, this.user.gid);
      await chown(passwordFile, this.user.uid, this.user.gid);
    }
    try {
      await run(
        spawn(
          this.binaries.initdb,
          [
            `--pgdata=${this.pgData}`,
            `--username=${USER}`,
            `--pwfile=${passwordFile}`,
            '--auth=scram-sha-256',
            '--encoding=UTF8',
            '--locale-provider=builtin',
            '--builtin-locale=C.UTF-8',
            '--locale=C',
          ],
          { ...this.user, cwd: this.pgData, stdio: ['ignore', 'ignore', 'pipe'] },
        ),
      );
    } catch (error) {
      await rm(this.pgData, { recursive: true, force: true });
      throw error;
    } finally {
      await rm(passwordFile, { force: true });
    }
  }

  /** True: it takes connections. False: it ended first. */
  private async ready(ended: () => boolean): Promise<boolean> {
    const giveUpAt = performance.now() + READY_WITHIN_MS;
    while (performance.now() < giveUpAt && !ended()) {
      const client = new Client({ connectionString: this.urlOf('postgres') });
      client.on('error', () => undefined);
      try {
        await client.connect();
        await client.end();
        return true;
      } catch {
        // Not yet: the loop ends when the server does.
        await delay(LOOK_EVERY_MS);
      }
    }
    return false;
  }

  private async choosePort(): Promise<number> {
    const last = Number(
      await readFile(join(this.dataDir, 'postgres-port'), 'utf8').catch(() => ''),
    );
    return (last > 0 && (await freePort(last))) || (await freePort(0)) || 0;
  }

  private async logTail(): Promise<string> {
    const log = await readFile(join(this.dataDir, 'postgres.log'), 'utf8').catch(() => '');
    return log.split('\n').slice(-15).join('\n');
  }
}

/** Makes a database where it is missing; returns its URL. */
export async function createDatabase(url: string, name: string): Promise<string> {
  await withClient(url, async (client) => {
    const { rows } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rows.length === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  });
  const created = new URL(url);
  created.pathname = `/${name}`;
  return created.href;
}

/** Drops a database, its connections cut. */
export async function dropDatabase(url: string, name: string): Promise<void> {
  await withClient(url, async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(name)} WITH (FORCE)`);
  });
}

async function withClient(url: string, use: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}

async function keptPassword(file: string): Promise<string> {
  const kept = await readFile(file, 'utf8').catch(() => '');
  if (kept) return kept;
  const password = randomBytes(24).toString('hex');
  await writeFile(file, password, { mode: 0o600 });
  await chmod(file, 0o600);
  return password;
}

/** Every folder above must let the server's user through. @throws Error with what to do */
async function assertReachable(dataDir: string, user: ProcessUser): Promise<void> {
  const check = spawn(process.execPath, ['-e', 'process.chdir(process.argv[1])', dataDir], {
    ...user,
    cwd: '/',
    stdio: 'ignore',
  });
  const reachable = await run(check).then(
    () => true,
    () => false,
  );
  if (!reachable) {
    throw new Error(
      `Postgres does not run as root, and the user it runs as instead (uid ${user.uid}) can't enter ${dataDir}: set DATA_DIR to a folder outside of closed ones, or DATABASE_URL to a server of yours`,
    );
  }
}

function run(child: ChildProcess): Promise<void> {
  return new Promise((resolvePromise, reject) => {
    let errors = '';
    child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolvePromise();
      else reject(new Error(`${child.spawnfile} ended with ${String(code)}: ${errors.trim()}`));
    });
  });
}

/** A fast shutdown: sessions are ended, data is written. */
async function stopServer(pid: number): Promise<void> {
  if (!isAlive(pid)) return;
  process.kill(pid, 'SIGINT');
  const giveUpAt = performance.now() + STOP_WITHIN_MS;
  while (isAlive(pid) && performance.now() < giveUpAt) await delay(LOOK_EVERY_MS);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}

/** The port, if it is free; 0 asks for any that is. Null: it is taken. */
function freePort(port: number): Promise<number | null> {
  return new Promise((resolvePromise) => {
    const server = createServer();
    server.once('error', () => resolvePromise(null));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      const found = address && typeof address === 'object' ? address.port : null;
      server.close(() => resolvePromise(found));
    });
  });
}
