import type { BenchCase } from './bench-case.js';
import { backlog } from './cases/backlog.js';
import { durable } from './cases/durable.js';
import { hanging } from './cases/hanging.js';
import { history } from './cases/history.js';
import { lists } from './cases/lists.js';

export const CASES: Readonly<Record<string, BenchCase>> = {
  durable,
  history,
  hanging,
  backlog,
  lists,
};
