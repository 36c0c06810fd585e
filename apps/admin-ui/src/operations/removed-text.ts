import type { RemovedHistory } from '../api/types';

/** What a run of retention removed, in words. */
export function removedText(removed: RemovedHistory): string {
  const counts: readonly (readonly [number, string])[] = [
    [removed.partitions.length, 'whole weeks of a table'],
    [removed.events, 'events'],
    [removed.deliveries, 'deliveries'],
    [removed.payloads, 'payloads'],
    [removed.bodies, 'bodies of attempts'],
    [removed.auditEntries, 'entries of the audit log'],
    [removed.idempotencyKeys, 'idempotency keys'],
    [removed.threads, 'threads'],
    [removed.statistics, 'rows of statistics'],
  ];
  const parts = counts
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count.toLocaleString()} ${what}`);
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}
