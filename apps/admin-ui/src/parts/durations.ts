const UNITS = [
  { name: 'd', ms: 86_400_000 },
  { name: 'h', ms: 3_600_000 },
  { name: 'min', ms: 60_000 },
  { name: 's', ms: 1_000 },
] as const;

/** In its two largest units: `2 h 5 min`, `14 s`; below a second `420 ms`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 10_000 && ms % 1_000 !== 0) return `${(ms / 1_000).toFixed(1)} s`;
  const parts: string[] = [];
  let rest = Math.round(ms / 1_000) * 1_000;
  for (const { name, ms: unit } of UNITS) {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    if (count > 0) parts.push(`${count} ${name}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(' ');
}

/** As a person says it: `just now`, `3 min ago`, `in 2 h`. */
export function distance(at: number, now: number): string {
  const ms = Math.abs(at - now);
  if (ms < 10_000) return at > now ? 'in a moment' : 'just now';
  const unit = UNITS.find((one) => ms >= one.ms) ?? UNITS[3];
  const text = `${Math.floor(ms / unit.ms)} ${unit.name}`;
  return at > now ? `in ${text}` : `${text} ago`;
}
