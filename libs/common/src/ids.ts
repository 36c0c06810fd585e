let lastMs = 0;
let counter = 0;
/** The time part of the ids of `lastMs`. */
let prefix = '';

/**
 * A new UUIDv7 (RFC 9562 §5.7): sorts by the time it was made, so keys, partitions and pages follow
 * time. Those of one process and millisecond are in order too (§6.2, method 1: a 12-bit counter).
 */
export function newId(): string {
  const now = Date.now();
  if (now > lastMs) {
    startMillisecond(now);
  } else if (++counter > 0xfff) {
    // More than 4,096 in a millisecond, or a clock that went back: borrow the next one.
    startMillisecond(lastMs + 1);
  }
  // The variant and 62 random bits of a UUIDv4, which Node makes from a pool.
  return prefix + counter.toString(16).padStart(3, '0') + crypto.randomUUID().slice(18);
}

function startMillisecond(ms: number): void {
  lastMs = ms;
  counter = 0;
  const time = ms.toString(16).padStart(12, '0');
  prefix = `${time.slice(0, 8)}-${time.slice(8)}-7`;
}

const FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isId(value: unknown): value is string {
  return typeof value === 'string' && FORM.test(value);
}
