import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FaultReportLine, FaultRow, RefusalRow } from '../../support/fault-report.js';
import { writeReliability } from './reliability.js';

/**
 * `npm run test:faults -- [--short] [--write] [--json] [files and options of vitest]`: the full form of
 * the faults, unless told otherwise. `--write` brings docs/reliability.md up to date, `--json` ends with
 * one line for machines.
 */
const OWN_OPTIONS = new Set(['--short', '--write', '--json']);
const FAULTS = ['--project', 'faults'];
/** With what tells of refused requests. */
const ALL = [...FAULTS, '--project', 'flows', 'test/faults/', 'test/e2e/admin-boundary.spec.ts'];
const given = process.argv.slice(2);
const own = new Set(given.filter((argument) => OWN_OPTIONS.has(argument)));
const forVitest = given.filter((argument) => !OWN_OPTIONS.has(argument));

const dir = mkdtempSync(join(tmpdir(), 'nest-integrations-fault-report-'));
const report = join(dir, 'report.jsonl');
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', ...(forVitest.length > 0 ? FAULTS : ALL), ...forVitest],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      FAULTS: own.has('--short') ? 'short' : 'full',
      FAULT_REPORT: report,
    },
  },
);

const lines = existsSync(report) ? readFileSync(report, 'utf8').trim().split('\n') : [];
rmSync(dir, { recursive: true });
const faults: FaultRow[] = [];
const refusals: RefusalRow[] = [];
for (const line of lines) {
  const parsed = JSON.parse(line) as FaultReportLine;
  if (parsed.kind === 'fault') faults.push(parsed.row);
  else refusals.push(parsed.row);
}
const sum = (of: (row: FaultRow) => number) => faults.reduce((total, row) => total + of(row), 0);
const totals = {
  cases: faults.length,
  events: sum(({ events }) => events),
  lost: sum(({ lost }) => lost),
  duplicates: sum(({ duplicates }) => duplicates),
};
const passed = status === 0 && totals.cases > 0 && totals.lost === 0;

if (own.has('--write')) {
  if (own.has('--short') || forVitest.length > 0) {
    console.error('docs/reliability.md stays as it was: it tells of full runs of every case');
  } else if (passed) {
    await writeReliability('docs/reliability.md', faults, refusals);
  } else console.error('docs/reliability.md stays as it was: not every case passed');
}
if (own.has('--json')) console.log(JSON.stringify(totals));
process.exitCode = passed ? 0 : 1;
