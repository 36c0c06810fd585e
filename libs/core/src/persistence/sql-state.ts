/** The SQLSTATE of an error of Postgres; '' of any other. */
export function sqlStateOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** A lock was not to be had in the time that was given for it. */
export function isLockTimeout(error: unknown): boolean {
  return sqlStateOf(error) === '55P03';
}

export function isDeadlock(error: unknown): boolean {
  return sqlStateOf(error) === '40P01';
}
