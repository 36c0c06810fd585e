import { retry, type DeliveryOutcome } from './delivery-outcome.js';

const KINDS = new Set(['delivered', 'retry', 'rejected']);
const MAX_EXTERNAL_ID_LENGTH = 500;

/** What a provider returned, if it is an outcome; otherwise a failed attempt that says so. */
export function checkedOutcome(returned: unknown, providerId: string): DeliveryOutcome {
  if (!isOutcome(returned)) {
    return retry(
      `The provider '${providerId}' returned no outcome: return delivered(), retry() or rejected()`,
    );
  }
  if (returned.kind === 'delivered') {
    const { externalId } = returned;
    return externalId === undefined
      ? returned
      : {
          kind: 'delivered',
          externalId: String(externalId).replaceAll('\0', '').slice(0, MAX_EXTERNAL_ID_LENGTH),
        };
  }
  if (returned.kind === 'retry' && returned.afterMs !== undefined) {
    if (!Number.isFinite(returned.afterMs) || returned.afterMs < 0) {
      return { ...returned, afterMs: 0 };
    }
  }
  return returned;
}

function isOutcome(value: unknown): value is DeliveryOutcome {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
  if (!KINDS.has(String(value.kind))) return false;
  return value.kind === 'delivered' || ('reason' in value && typeof value.reason === 'string');
}
