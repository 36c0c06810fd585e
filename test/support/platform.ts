import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface PlatformProcessSettings {
  readonly port: number;
  /** Left out: the platform starts its embedded Postgres in `dataDir`. */
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
  readonly dataDir: string;
  /** Further variables of its environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

const MAIN = fileURLToPath(new URL('../../apps/platform/dist/main.js', import.meta.url));
export const ADMIN_TOKEN = 'a-token-for-the-tests';
const STARTED = 'Nest Integrations is running';
const START_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 60_000;

const running = new Set<ChildProcess>();
// Whatever ends the test run ends what it started.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** The built platform as a process of its own. */
export class PlatformProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly origin: string,
    private readonly lines: string[],
  ) {}

  /** Resolves once it takes requests. */
  static async start(settings: PlatformProcessSettings): Promise<PlatformProcess> {
    const child = spawn(process.execPath, [MAIN], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        PORT: String(settings.port),
        DATABASE_URL: settings.databaseUrl ?? '',
        REDIS_URL: settings.redisUrl ?? '',
        DATA_DIR: settings.dataDir,
        ADMIN_TOKEN,
        ...settings.environment,
      },
    });
    running.add(child);
    child.once('exit', () => running.delete(child));
    const lines: string[] = [];
    const started = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`the platform did not start:\n${lines.join('')}`)),
        START_WITHIN_MS,
      );
      const hear = (chunk: Buffer) => {
        lines.push(chunk.toString());
        if (!lines.join('').includes(STARTED)) return;
        clearTimeout(timer);
        resolve();
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.once('exit', (code) => {
        clearTimeout(timer);
        reject(new Error(`the platform ended with ${String(code)}:\n${lines.join('')}`));
      });
    });
    await started;
    return new PlatformProcess(child, `http://127.0.0.1:${settings.port}`, lines);
  }

  /** All that it printed. */
  get output(): string {
    return this.lines.join('');
  }

  /** Resolves with the exit code, or the signal, once it has ended. */
  async kill(signal: NodeJS.Signals): Promise<number | string | null> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) {
      return child.exitCode ?? child.signalCode;
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`the platform did not end by ${signal}:\n${this.output}`)),
        STOP_WITHIN_MS,
      );
      child.once('exit', (code, killedBy) => {
        clearTimeout(timer);
        resolve(code ?? killedBy);
      });
      child.kill(signal);
    });
  }

  async request(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: unknown }> {
    const response = await fetch(this.origin + path, {
      method,
      headers: {
        authorization: `Bearer ${ADMIN_TOKEN}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
  }

  admin(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
    return this.request(method, `/admin/integrations${path}`, body);
  }

  /** The new incident's id; null where the platform did not answer 201. */
  async createIncident(title: string): Promise<string | null> {
    const { status, body } = await this.request('POST', '/incidents', {
      title,
      severity: 'critical',
    });
    return status === 201 ? idOf(body) : null;
  }
}

export function idOf(body: unknown): string {
  if (typeof body === 'object' && body !== null && 'id' in body) return String(body.id);
  throw new Error(`no id in ${JSON.stringify(body)}`);
}
