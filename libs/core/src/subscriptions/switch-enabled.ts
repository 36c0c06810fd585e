import type { SubscriptionEntity } from './subscription.entity.js';

/**
 * One that is disabled already keeps the time since when: what it has missed is counted from there. It
 * also keeps the reason, unless there is a new one.
 */
export function switchEnabled(
  row: Pick<SubscriptionEntity, 'enabled' | 'disabledReason' | 'disabledAt'>,
  { enabled, reason }: { enabled: boolean; reason: string | null },
): void {
  row.disabledReason = enabled ? null : (reason ?? row.disabledReason);
  row.enabled = enabled;
  row.disabledAt = enabled ? null : (row.disabledAt ?? new Date());
}
