import { appendFileSync } from 'node:fs';

/** What one fault did to one promise. */
export interface FaultRow {
  /** The promise, in the words of the documentation: `nothing lost`. */
  readonly promise: string;
  /** What went wrong, and how often. */
  readonly fault: string;
  /** Events accepted while it did. */
  readonly events: number;
  /** Accepted, but never seen by the receiver. */
  readonly lost: number;
  /** Requests beyond the first with one `webhook-id`. */
  readonly duplicates: number;
  /** Where the duplicates come from. */
  readonly explanation?: string;
  /** From the end of the fault to the last delivery, in milliseconds. */
  readonly recoveryMs?: number;
}

/** How many bad things were tried at one surface, and how many of them were refused. */
export interface RefusalRow {
  /** Where: `addresses of webhooks`. */
  readonly surface: string;
  readonly tried: number;
  readonly refused: number;
}

/** A line of the report; lines of several processes may mix, so each is whole by itself. */
export type FaultReportLine =
  | { readonly kind: 'fault'; readonly row: FaultRow }
  | { readonly kind: 'refusals'; readonly row: RefusalRow };

/** Adds a row to the report of this run: the file named by `FAULT_REPORT`; without it, to none. */
export function reportFault(row: FaultRow): void {
  append({ kind: 'fault', row });
}

/** Adds a row to the report of this run: the file named by `FAULT_REPORT`; without it, to none. */
export function reportRefusals(row: RefusalRow): void {
  append({ kind: 'refusals', row });
}

function append(line: FaultReportLine): void {
  const file = process.env['FAULT_REPORT'];
  if (file) appendFileSync(file, `${JSON.stringify(line)}\n`);
}
