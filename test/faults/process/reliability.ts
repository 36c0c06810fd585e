import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { format } from 'prettier';
import type { FaultRow, RefusalRow } from '../../support/fault-report.js';

/** Puts what a run found between the marks of the document; the rest of it is written by hand. */
export async function writeReliability(
  file: string,
  faults: readonly FaultRow[],
  refusals: readonly RefusalRow[],
): Promise<void> {
  let text = readFileSync(file, 'utf8');
  text = between(text, 'machine', machine());
  text = between(text, 'faults', faultTable(faults));
  text = between(text, 'refusals', refusalTable(refusals));
  writeFileSync(file, await format(text, { parser: 'markdown', printWidth: 100 }));
}

/** @throws Error where the document lacks the marks */
function between(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`The document lacks ${begin} … ${end}`);
  return `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`;
}

function machine(): string {
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `Last run in full: ${cpus().length} cores, ${gigabytes} GB, Node ${process.version}, ${process.platform} ${process.arch}; Postgres, Redis, publishers, workers and receivers all on that one machine.`;
}

function faultTable(rows: readonly FaultRow[]): string {
  return table(
    ['promise', 'fault', 'events', 'lost', 'sent more than once', 'recovery'],
    byText(rows, ({ promise, fault }) => `${promise} ${fault}`).map((row) => [
      row.promise,
      row.fault,
      number(row.events),
      number(row.lost),
      row.duplicates === 0 ? '0' : (row.explanation ?? number(row.duplicates)),
      row.recoveryMs === undefined ? '–' : `${(row.recoveryMs / 1_000).toFixed(1)} s`,
    ]),
  );
}

function refusalTable(rows: readonly RefusalRow[]): string {
  if (rows.length === 0) return 'None reported yet.';
  return table(
    ['what was tried', 'tried', 'refused'],
    byText(rows, ({ surface }) => surface).map(({ surface, tried, refused }) => [
      surface,
      number(tried),
      number(refused),
    ]),
  );
}

function byText<Row>(rows: readonly Row[], textOf: (row: Row) => string): Row[] {
  return rows.toSorted((a, b) => textOf(a).localeCompare(textOf(b), 'en', { numeric: true }));
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function number(value: number): string {
  return value.toLocaleString('en');
}
