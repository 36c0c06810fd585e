import { OperationsServer } from '@nest-integrations/core';
import { startEmbeddedPostgres } from '@nest-integrations/embedded';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { securityHeaders } from './http/security-headers.js';
import { PlatformLogger } from './platform.logger.js';
import { PlatformModule } from './platform.module.js';
import { keptAdminToken, keptKeys } from './settings/kept-secrets.js';
import { SettingsError, type PlatformSettings } from './settings/platform-settings.js';

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
  let app: NestExpressApplication | null = null;
  try {
    const warn = (line: string) => console.warn(line);
    const adminToken = settings.adminToken ?? (await keptAdminToken(dataDir, warn));
    app = await NestFactory.create<NestExpressApplication>(
      PlatformModule.with({
        origin,
        databaseUrl,
        redisUrl: settings.redisUrl,
        keys: [...(settings.keys ?? (await keptKeys(dataDir, warn)))],
        adminToken,
        isProduction: settings.isProduction,
        workerEnabled: settings.workerEnabled,
        shutdownGraceMs: settings.shutdownGraceMs,
        slackApiUrl: settings.slackApiUrl,
        shell: settings.shell,
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
    await listen(app, port);
    const operations = settings.operations
      ? await OperationsServer.start(app, settings.operations)
      : null;
    const { host, pathname } = new URL(databaseUrl);
    const started = app;
    return {
      app: started,
      origin,
      adminToken,
      database: embedded ? `embedded Postgres in ${embedded.dataDir}` : host + pathname,
      close: async () => {
        await started.close();
        await operations?.stop();
        await embedded?.stop();
      },
    };
  } catch (error) {
    // Its workers may have begun to deliver: they end that, and give back the rest.
    await app?.close();
    await embedded?.stop();
    throw error;
  }
}

/** @throws SettingsError where something listens there already */
async function listen(app: NestExpressApplication, port: number): Promise<void> {
  try {
    await app.listen(port);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    throw new SettingsError(`PORT: ${port} is in use: stop what listens there, or choose another`);
  }
}
