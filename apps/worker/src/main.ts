import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { WorkerModule } from './worker.module.js';
import { readSettings } from './worker-settings.js';

try {
  const settings = readSettings(process.env);
  const app = await NestFactory.createApplicationContext(WorkerModule.with(settings), {
    abortOnError: false,
    logger: ['fatal', 'error', 'warn'],
  });
  let closing: Promise<void> | null = null;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      closing ??= app.close().then(
        () => process.exit(0),
        (error: unknown) => fail(error),
      );
    });
  }
  console.log(`Delivering, by ${settings.redisUrl ? 'Bull on Redis' : 'the Postgres queue'}`);
} catch (error) {
  fail(error);
}

/** One readable message: a stack says nothing to whoever forgot a setting. */
function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
