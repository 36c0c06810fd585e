import 'reflect-metadata';
import { endOnSignals, OperationsServer } from '@nest-integrations/core';
import { ConsoleLogger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { WorkerModule } from './worker.module.js';
import { readSettings } from './worker-settings.js';

/** All that closing takes beyond the grace time, at the most. */
const CLOSE_WITHIN_MS = 30_000;

try {
  const settings = readSettings(process.env);
  const app = await NestFactory.createApplicationContext(WorkerModule.with(settings), {
    abortOnError: false,
    logger: new ConsoleLogger({
      json: settings.logFormat === 'json',
      logLevels: ['fatal', 'error', 'warn'],
    }),
  });
  const operations = settings.operations
    ? await OperationsServer.start(app, settings.operations)
    : null;
  endOnSignals({
    close: async () => {
      await app.close();
      await operations?.stop();
    },
    withinMs: settings.shutdownGraceMs + CLOSE_WITHIN_MS,
  });
  console.log(`Delivering, by ${settings.redisUrl ? 'Bull on Redis' : 'the Postgres queue'}`);
} catch (error) {
  fail(error);
}

/** One readable message: a stack says nothing to whoever forgot a setting. */
function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
