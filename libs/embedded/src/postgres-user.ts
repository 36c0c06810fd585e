import { readFile } from 'node:fs/promises';

/** Whom Postgres runs as: it refuses root. */
export interface ProcessUser {
  readonly uid: number;
  readonly gid: number;
}

/** Users without rights that systems come with; the first that is there is taken. */
const CANDIDATES = ['postgres', 'nobody', '_postgres'];

/**
 * Null: as whom this process runs. For root: a user of the system that may do nothing else. None is made.
 * @throws Error where the system has none
 */
export async function postgresUser(): Promise<ProcessUser | null> {
  if (process.getuid?.() !== 0) return null;
  const accounts = (await readFile('/etc/passwd', 'utf8'))
    .split('\n')
    .map((line) => line.split(':'));
  for (const candidate of CANDIDATES) {
    const account = accounts.find(([name]) => name === candidate);
    if (account) return { uid: Number(account[2]), gid: Number(account[3]) };
  }
  throw new Error(
    `Postgres does not run as root, and this system has none of the users ${CANDIDATES.join(', ')}: run as another user`,
  );
}
