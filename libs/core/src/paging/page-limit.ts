import { InvalidInputError } from '../integration.error.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

/** Items of a page. @throws InvalidInputError */
export function pageLimit(limit: number = DEFAULT_LIMIT): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new InvalidInputError([
    { field: 'limit', message: `must be a whole number from 1 to ${MAX_LIMIT}` },
  ]);
}
