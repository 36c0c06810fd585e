import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface PreviousRelease {
  readonly commit: string;
  /** The built host program, for `HostProcess`. */
  readonly main: string;
  remove(): Promise<void>;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MIGRATIONS = 'libs/core/src/persistence/migrations';
const HOST_FILES = ['host.ts', 'messages.ts', 'shifted-clock.ts'];
const HOST_TSCONFIG = `{
  "extends": "../../../tsconfig.base.json",
  "compilerOptions": { "rootDir": "../..", "outDir": "dist", "tsBuildInfoFile": "dist/.tsbuildinfo" },
  "include": ["host.ts", "messages.ts", "shifted-clock.ts"],
  "references": [{ "path": "../../../libs/core" }, { "path": "../../../libs/providers/webhook" }]
}`;

/**
 * The commit whose schema is the one before today's; null where the history does not reach that far.
 * `PREVIOUS_RELEASE` names another.
 */
export function previousCommit(): string | null {
  const given = process.env['PREVIOUS_RELEASE'];
  try {
    const commit = given ?? `${git('log', '-1', '--format=%H', '--', MIGRATIONS)}~1`;
    git('cat-file', '-e', `${commit}:${MIGRATIONS}`);
    return git('rev-parse', commit);
  } catch {
    return null;
  }
}

/** Builds that commit's engine, and the host program on it, beside today's. */
export async function buildRelease(commit: string): Promise<PreviousRelease> {
  const dir = await mkdtemp(join(tmpdir(), 'nest-integrations-release-'));
  const remove = () => rm(dir, { recursive: true, force: true });
  try {
    const archive = execFileSync('git', ['archive', commit], { cwd: ROOT, maxBuffer: 2 ** 28 });
    execFileSync('tar', ['-x', '-C', dir], { input: archive });
    await linkModules(dir);
    const host = join(dir, 'test/faults/process');
    await mkdir(host, { recursive: true });
    for (const file of HOST_FILES) {
      if (!existsSync(join(host, file))) {
        await cp(join(ROOT, 'test/faults/process', file), join(host, file));
      }
    }
    await writeFile(join(host, 'tsconfig.json'), HOST_TSCONFIG);
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
    execFileSync(process.execPath, [compiler, '-b', host], { cwd: dir, encoding: 'utf8' });
    return { commit, main: join(host, 'dist/faults/process/host.js'), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Today's packages, but the workspaces of that commit: their links are relative. */
async function linkModules(dir: string): Promise<void> {
  const [from, to] = [join(ROOT, 'node_modules'), join(dir, 'node_modules')];
  await mkdir(to);
  for (const name of await readdir(from)) {
    if (name === '@nest-integrations') {
      await cp(join(from, name), join(to, name), { recursive: true, verbatimSymlinks: true });
    } else if (!name.startsWith('.')) await symlink(join(from, name), join(to, name));
  }
}

function git(...words: string[]): string {
  return execFileSync('git', words, {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}
