import type { SubscriptionEntity } from './subscription.entity.js';

/** One that is disabled already keeps the time since when: what it has missed is counted from there. */
export function switchEnabled(
  row: Pick<SubscriptionEntity, 'enabled' | 'disabledReason' | 'disabledAt'>,
  { enabled, reason }: { enabled: boolean; reason: string | null },
): void {
  row.enabled = enabled;
  row.disabledReason = enabled ? null : reason;
  row.disabledAt = enabled ? null : (row.disabledAt ?? new Date());
}
