/** The full form (`npm run test:faults`) or the shorter one (as a part of `npm test`) of every fault. */
export const FULL_FAULTS = process.env['FAULTS'] === 'full';

/** The same case in both forms: one number for each. */
export function scaled({ full, short }: { full: number; short: number }): number {
  return FULL_FAULTS ? full : short;
}
