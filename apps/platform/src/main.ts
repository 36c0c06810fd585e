import 'reflect-metadata';
import { endOnSignals } from '@nest-integrations/core';
import { banner } from './banner.js';
import { startPlatform } from './platform.js';
import { readSettings } from './settings/platform-settings.js';

/** All that closing takes beyond the grace time, at the most. */
const CLOSE_WITHIN_MS = 30_000;

try {
  const settings = readSettings(process.env);
  const platform = await startPlatform(settings);
  endOnSignals({
    close: () => platform.close(),
    withinMs: settings.shutdownGraceMs + CLOSE_WITHIN_MS,
  });
  console.log(banner(platform, settings));
} catch (error) {
  fail(error);
}

/** One readable message: a stack says nothing to whoever forgot a setting. */
function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
