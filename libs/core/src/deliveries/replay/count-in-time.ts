import { QueryFailedError, type DataSource } from 'typeorm';

/** Whoever asks waits for the answer. */
const TIMEOUT_MS = 5_000;
const CANCELED = '57014';

/** Runs a query that answers one `count`. Null: it took too long. */
export async function countInTime(
  dataSource: DataSource,
  text: string,
  values: readonly unknown[],
): Promise<number | null> {
  try {
    return await dataSource.transaction(async (manager) => {
      await manager.query(`SET LOCAL statement_timeout = ${TIMEOUT_MS}`);
      const [row]: { count: number }[] = await manager.query(text, [...values]);
      return row?.count ?? 0;
    });
  } catch (error) {
    if (isCanceled(error)) return null;
    throw error;
  }
}

function isCanceled(error: unknown): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  const cause: unknown = error.driverError;
  return typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === CANCELED;
}
