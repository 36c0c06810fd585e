const MAX_WAIT_MS = 7 * 24 * 3_600_000;

const SECONDS = /^([+-]?)(\d+(?:\.\d+)?)$/;
/** The three date forms of HTTP; each begins with the day's name. */
const HTTP_DATE = /^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? .*\d\d:\d\d:\d\d/i;

/**
 * The wait that a `Retry-After` header asks for, in milliseconds: 0 where it has passed, 7 days at
 * most, `undefined` where there is no header or it makes no sense.
 */
export function retryAfterMs(header: string | string[] | undefined, now: Date): number | undefined {
  const value = (Array.isArray(header) ? header[0] : header)?.trim();
  if (!value) return undefined;
  const waitMs = SECONDS.test(value) ? Number(value) * 1_000 : msUntil(value, now);
  return waitMs === undefined ? undefined : Math.round(Math.min(Math.max(waitMs, 0), MAX_WAIT_MS));
}

function msUntil(date: string, now: Date): number | undefined {
  if (!HTTP_DATE.test(date)) return undefined;
  // The asctime form names no zone; HTTP says that it is GMT.
  const at = Date.parse(/ GMT$/i.test(date) ? date : `${date} GMT`);
  return Number.isNaN(at) ? undefined : at - now.getTime();
}
