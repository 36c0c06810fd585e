import { headerProblem } from './header-check.js';

/** Headers that are sent where the caller sets none of that name. */
export type DefaultHeaders = readonly (readonly [name: string, value: string])[];

/** Name, value, name, value, … as they are sent; or, as a string, what is wrong with one of them. */
export function headerList(
  headers: Readonly<Record<string, string>>,
  defaults: DefaultHeaders,
): string[] | string {
  const list: string[] = [];
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    // A header left out by writing `undefined`.
    if (value === undefined) continue;
    const problem = headerProblem(name, value);
    if (problem !== null) return problem;
    list.push(name, value);
  }
  for (const [name, value] of defaults) {
    if (!includesName(list, name)) list.push(name, value);
  }
  return list;
}

function includesName(list: readonly string[], name: string): boolean {
  for (let at = 0; at < list.length; at += 2) {
    const other = list[at];
    if (other?.length === name.length && other.toLowerCase() === name) return true;
  }
  return false;
}
