/** NUL, which Postgres refuses, and halves of pairs, of which UTF-8 makes one and the same character. */
// oxlint-disable-next-line no-control-regex
const CHANGED_WHEN_STORED = /[\0\p{Surrogate}]/u;

/** Whether a text comes back from the database as it went in: only then are two that differ two there. */
export function isStoredAsGiven(text: string): boolean {
  return !CHANGED_WHEN_STORED.test(text);
}
