import { setTimeout as delay } from 'node:timers/promises';

const LOOK_EVERY_MS = 25;

/** Resolves once the condition holds. @throws Error naming what was awaited, with `detail` */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  { withinMs = 60_000, detail = () => '' }: { withinMs?: number; detail?: () => string } = {},
): Promise<void> {
  const giveUpAt = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > giveUpAt) {
      throw new Error(`waited ${withinMs} ms in vain for ${what}\n${detail()}`);
    }
    await delay(LOOK_EVERY_MS);
  }
}
