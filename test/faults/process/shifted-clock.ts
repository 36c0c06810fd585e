const RealDate = Date;
let shiftMs = 0;

class ShiftedDate extends RealDate {
  constructor(...given: [] | [value: string | number | Date]) {
    if (given.length === 0) super(RealDate.now() + shiftMs);
    else super(...given);
  }

  static override now(): number {
    return RealDate.now() + shiftMs;
  }
}

/** The wall clock of this process jumps, as by an operator's hand; its monotonic clock goes on. */
export function shiftClock(byMs: number): void {
  shiftMs = byMs;
  globalThis.Date = ShiftedDate as DateConstructor;
}
