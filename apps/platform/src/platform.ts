import { OperationsServer } from '@nest-integrations/core';
import { startEmbeddedPostgres } from '@nest-integrations/embedded';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { securityHeaders } from './http/security-headers.js';
import { PlatformLogger } from './platform.logger.js';
import { PlatformModule } from './platform.module.js';
import { keptAdminToken, keptKeys } from './settings/kept-secrets.js';
import type { PlatformSettings } from './settings/platform-settings.js';

export interface Platform {
  readonly app: NestExpressApplication;
  readonly origin: string;
  readonly adminToken: string;
  /** Where the data is, without credentials. */
  readonly database: string;
  /** Drains the app, then stops the Postgres that it brought. */
  close(): Promise<void>;
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'log', 'debug'] as const;

/** Starts all that the settings name; what was started is stopped again where a later part fails. */
export async function startPlatform(settings: PlatformSettings): Promise<Platform> {
  const { dataDir, port } = settings;
  const embedded =
    settings.databaseUrl === undefined
      ? await startEmbeddedPostgres({ dataDir, log: (line) => console.log(line) })
      : null;
  const databaseUrl = embedded?.url ?? settings.databaseUrl ?? '';
  const origin = `http://localhost:${port}`;
  try {
    const warn = (line: string) => console.warn(line);
    const adminToken = settings.adminToken ?? (await keptAdminToken(dataDir, warn));
    const app = await NestFactory.create<NestExpressApplication>(
      PlatformModule.with({
        origin,
        databaseUrl,
        redisUrl: settings.redisUrl,
        keys: [...(settings.keys ?? (await keptKeys(dataDir, warn)))],
        adminToken,
        isProduction: settings.isProduction,
        workerEnabled: settings.workerEnabled,
        shutdownGraceMs: settings.shutdownGraceMs,
      }),
      {
        abortOnError: false,
        rawBody: true,
        logger: new PlatformLogger({
          json: settings.logFormat === 'json',
          logLevels: LOG_LEVELS.slice(0, LOG_LEVELS.indexOf(settings.logLevel) + 1),
        }),
      },
    );
    app.disable('x-powered-by');
    app.use(securityHeaders);
    await app.listen(port);
    const operations = settings.operations
      ? await OperationsServer.start(app, settings.operations)
      : null;
    const { host, pathname } = new URL(databaseUrl);
    return {
      app,
      origin,
      adminToken,
      database: embedded ? `embedded Postgres in ${embedded.dataDir}` : host + pathname,
      close: async () => {
        await app.close();
        await operations?.stop();
        await embedded?.stop();
      },
    };
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}
