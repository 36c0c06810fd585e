import { jsonTextOf } from './template-target.js';

/**
 * A value in JSON text is escaped by where it stands, which only the finished text shows: between
 * the quotes of a string, or where a value of its own belongs. Until then it is kept between two
 * characters that no text has.
 */
const BEGIN = '\uFDD0';
const END = '\uFDD1';
const MARKS = /[\uFDD0\uFDD1]/g;

/** A value to be placed by `placeValues`. */
export function placeholderOf(value: unknown): string {
  const json = jsonTextOf(value) ?? 'null';
  return `${BEGIN}${json.replaceAll(MARKS, escapedMark)}${END}`;
}

/** The template's own text may not hold the marks. */
export function withoutMarks(source: string): string {
  return source.replaceAll(MARKS, '\uFFFD');
}

/** Puts each value in its place: escaped within a string, as JSON elsewhere. In linear time. */
export function placeValues(text: string): string {
  const [first = '', ...pieces] = text.split(BEGIN);
  let placed = first;
  let isInString = endsInString(first, false);
  for (const piece of pieces) {
    const end = piece.indexOf(END);
    const json = piece.slice(0, end);
    const after = piece.slice(end + 1);
    placed += (isInString ? withinString(json) : json) + after;
    isInString = endsInString(after, isInString);
  }
  return placed;
}

function withinString(json: string): string {
  if (json === 'null') return '';
  return (json.startsWith('"') ? json : JSON.stringify(json)).slice(1, -1);
}

/** Whether a JSON string is open at the end of a text. */
function endsInString(text: string, openBefore: boolean): boolean {
  let isOpen = openBefore;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') isOpen = !isOpen;
  }
  return isOpen;
}

function escapedMark(mark: string): string {
  return mark === BEGIN ? String.raw`\ufdd0` : String.raw`\ufdd1`;
}
