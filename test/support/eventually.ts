import { setTimeout as delay } from 'node:timers/promises';

const LOOK_EVERY_MS = 20;

/** Resolves with the first answer that is not undefined, asking again until it comes. */
export async function eventually<Answer>(
  ask: () => Promise<Answer | undefined>,
  timeoutMs = 15_000,
): Promise<Answer> {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > giveUpAt) throw new Error(`nothing came of it in ${timeoutMs} ms`);
    await delay(LOOK_EVERY_MS);
  }
}
