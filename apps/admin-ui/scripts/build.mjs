// Builds the pages into libs/admin/ui: types of the API, type check, bundle, compression, size budget.
// Does nothing where nothing has changed since.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { writeApiTypes } from './api-types.mjs';
import { compress } from './compress.mjs';
import { checkSize } from './size.mjs';

const here = fileURLToPath(new URL('..', import.meta.url));
const root = join(here, '../..');
const output = join(root, 'libs/admin/ui');
const stamp = join(output, '.built-from');

const inputs = [
  join(root, 'docs/openapi.json'),
  join(root, 'package-lock.json'),
  ...['index.html', 'package.json', 'tsconfig.json', 'vite.config.ts'].map((name) =>
    join(here, name),
  ),
  ...filesBelow(join(here, 'src')),
  ...filesBelow(join(here, 'scripts')),
];
const hash = createHash('sha256');
for (const file of inputs) hash.update(file.slice(root.length)).update(readFileSync(file));
const state = hash.digest('hex');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== state) {
  rmSync(stamp, { force: true });
  mkdirSync(join(here, 'dist'), { recursive: true });
  await writeApiTypes(join(root, 'docs/openapi.json'), join(here, 'dist/api.d.ts'));
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', here], { stdio: 'inherit' });
  // It has said what is wrong.
  if (status !== 0) process.exit(1);
  await build({ configFile: join(here, 'vite.config.ts'), logLevel: 'warn' });
  await compress(join(output, 'assets'));
  checkSize(output);
  writeFileSync(stamp, state);
}

/** @param {string} directory @returns {string[]} */
function filesBelow(directory) {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}
