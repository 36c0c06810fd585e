import { duration } from '../parts/durations';

const SECONDS: Readonly<Record<string, number>> = { d: 86_400, h: 3_600, min: 60, m: 60, s: 1 };

/** A wait as a person says it: `2 h 30 min`. */
export function waitText(seconds: number): string {
  return seconds === 0 ? 'at once' : duration(seconds * 1_000);
}

/** `5m`, `2 h`, `90` (seconds), `1h 30min`; null: it is none of these. */
export function secondsIn(text: string): number | null {
  const trimmed = text.trim().toLowerCase();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed);
  const parts = [...trimmed.matchAll(/(\d+(?:\.\d+)?)\s*(d|h|min|m|s)(?![a-z])\s*/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== trimmed) return null;
  return parts.reduce(
    (sum, [, count, unit = 's']) => sum + Number(count) * (SECONDS[unit] ?? 1),
    0,
  );
}
