export interface Piece {
  readonly kind: 'key' | 'string' | 'number' | 'word' | null;
  readonly text: string;
}

const TOKEN =
  /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;
/** Colouring more than this costs more than it helps. */
const LONGEST = 100_000;

/** JSON in coloured pieces; other text in one. */
export function highlighted(text: string): readonly Piece[] {
  if (text.length > LONGEST || !/^\s*[[{"]/.test(text)) return [{ kind: null, text }];
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    if (match.index > end) pieces.push({ kind: null, text: text.slice(end, match.index) });
    const [whole, string, colon, word] = match;
    if (string !== undefined) {
      pieces.push({ kind: colon === undefined ? 'string' : 'key', text: string });
      if (colon !== undefined) pieces.push({ kind: null, text: colon });
    } else {
      pieces.push({ kind: word === undefined ? 'number' : 'word', text: whole });
    }
    end = match.index + whole.length;
  }
  if (end < text.length) pieces.push({ kind: null, text: text.slice(end) });
  return pieces;
}
