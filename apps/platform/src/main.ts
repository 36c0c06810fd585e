import 'reflect-metadata';
import { banner } from './banner.js';
import { startPlatform } from './platform.js';
import { readSettings } from './settings/platform-settings.js';

try {
  const settings = readSettings(process.env);
  const platform = await startPlatform(settings);
  let closing: Promise<void> | null = null;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // A second Ctrl-C waits for the same end: what is accepted is safe either way.
      closing ??= platform.close().then(
        () => process.exit(0),
        (error: unknown) => fail(error),
      );
    });
  }
  console.log(banner(platform, settings));
} catch (error) {
  fail(error);
}

/** One readable message: a stack says nothing to whoever forgot a setting. */
function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
