import { retry, type DeliveryOutcome } from './delivery-outcome.js';

const KINDS = new Set(['delivered', 'retry', 'rejected']);
const MAX_EXTERNAL_ID_LENGTH = 500;
const MAX_EXTERNAL_URL_LENGTH = 2_000;

/** What a provider returned, if it is an outcome; otherwise a failed attempt that says so. */
export function checkedOutcome(returned: unknown, providerId: string): DeliveryOutcome {
  if (!isOutcome(returned)) {
    return retry(
      `The provider '${providerId}' returned no outcome: return delivered(), retry() or rejected()`,
    );
  }
  if (returned.kind === 'delivered') {
    const { externalId, externalUrl, reopensThread } = returned;
    return {
      kind: 'delivered',
      ...(externalId !== undefined && {
        externalId: withoutNul(String(externalId)).slice(0, MAX_EXTERNAL_ID_LENGTH),
      }),
      ...(isWebUrl(externalUrl) && { externalUrl }),
      ...(reopensThread === true && { reopensThread }),
    };
  }
  const failed = { ...returned, reason: withoutNul(returned.reason) };
  if (failed.kind === 'retry' && failed.afterMs !== undefined) {
    if (!Number.isFinite(failed.afterMs) || failed.afterMs < 0) return { ...failed, afterMs: 0 };
  }
  return failed;
}

/** Postgres refuses it in a text, and a receiver may have had its say in this one. */
function withoutNul(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '') : text;
}

/** An admin will be offered it to click on. */
function isWebUrl(url: unknown): url is string {
  return (
    typeof url === 'string' &&
    url.length <= MAX_EXTERNAL_URL_LENGTH &&
    /^https?:$/.test(URL.parse(url)?.protocol ?? '')
  );
}

function isOutcome(value: unknown): value is DeliveryOutcome {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
  if (!KINDS.has(String(value.kind))) return false;
  return value.kind === 'delivered' || ('reason' in value && typeof value.reason === 'string');
}
