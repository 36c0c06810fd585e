/** Ids that begin with what was typed, both ends included. */
export interface IdRange {
  readonly from: string;
  readonly to: string;
  /** True: the typed text holds all of an id's time, so few ids can be in the range. */
  readonly isNarrow: boolean;
}

const DIGITS = 32;
/** The milliseconds of a UUIDv7. */
const TIME_DIGITS = 12;

/** Null: no id begins like this. Any part of an id from its first digit on, dashes or not. */
export function idRangeOf(typed: string): IdRange | null {
  const digits = typed.replaceAll('-', '').toLowerCase();
  if (!/^[0-9a-f]{1,32}$/.test(digits) || !/^[^-]+(-[^-]+)*-?$/.test(typed)) return null;
  return {
    from: dashed(digits.padEnd(DIGITS, '0')),
    to: dashed(digits.padEnd(DIGITS, 'f')),
    isNarrow: digits.length >= TIME_DIGITS,
  };
}

function dashed(digits: string): string {
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The last text that begins with a prefix, in the order of bytes. */
export function lastWithPrefix(prefix: string): string {
  return `${prefix}\u{10ffff}`;
}
