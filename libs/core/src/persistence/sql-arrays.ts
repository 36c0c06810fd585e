/**
 * Columns of a batch as statement parameters. The driver's own array form escapes every quote of
 * every JSON text; these two join, which costs a fraction, and Postgres splits.
 */

/** Ids, numbers, booleans, ISO times: values that need no quotes in an array literal. */
export function plainArray(values: readonly (string | number | boolean | null)[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : value)).join(',')}}`;
}

const SEPARATOR = '\u001f';
const NULL = '\u001e';
const RESERVED = ['\0', NULL, SEPARATOR];

/** Texts, read by `textsOf`. A text of a batch of one that is empty reads as null. */
export function joinedTexts(values: readonly (string | null)[]): string {
  return values.map((value) => (value === null ? NULL : storable(value))).join(SEPARATOR);
}

/** SQL that makes `text[]` of a parameter from `joinedTexts`: `textsOf('$6')`. */
export function textsOf(parameter: string): string {
  return `string_to_array(${parameter}, E'\\x1f', E'\\x1e')`;
}

/** JSON holds none of these as they are; other text has its few replaced. Postgres text holds no NUL. */
function storable(text: string): string {
  return RESERVED.reduce(
    (clean, reserved) => (clean.includes(reserved) ? clean.replaceAll(reserved, '\ufffd') : clean),
    text,
  );
}
