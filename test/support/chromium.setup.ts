import { ensureChromium } from './chromium.js';

/** Before the first test waits for it. */
export function setup(): void {
  ensureChromium();
}
