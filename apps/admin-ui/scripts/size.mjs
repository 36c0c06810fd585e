import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const BUDGET_KIB = 300;
/** The screen that opens first counts with the shell. */
const FIRST_SCREEN = 'src/overview/overview.screen.tsx';

/**
 * What a first visit loads of script, as gzip: the larger of the two encodings.
 * @param {string} output
 * @throws Error where it is over the budget
 */
export function checkSize(output) {
  /** @type {Record<string, { file: string; imports?: string[]; src?: string }>} */
  const manifest = JSON.parse(readFileSync(join(output, '.vite/manifest.json'), 'utf8'));
  const seen = new Set();
  const visit = (/** @type {string} */ key) => {
    if (seen.has(key)) return;
    seen.add(key);
    for (const imported of manifest[key]?.imports ?? []) visit(imported);
  };
  visit('index.html');
  if (!manifest[FIRST_SCREEN]) throw new Error(`No chunk is made of ${FIRST_SCREEN}`);
  visit(FIRST_SCREEN);
  const bytes = [...seen]
    .map((key) => manifest[key]?.file)
    .filter((file) => file?.endsWith('.js'))
    .reduce((sum, file) => sum + statSync(join(output, `${file}.gz`)).size, 0);
  const kib = Math.ceil(bytes / 1_024);
  if (kib > BUDGET_KIB) {
    throw new Error(
      `The admin UI loads ${kib} KiB of script at first; the budget is ${BUDGET_KIB}`,
    );
  }
  console.log(`The admin UI is built: ${kib} of ${BUDGET_KIB} KiB of script at first`);
}
