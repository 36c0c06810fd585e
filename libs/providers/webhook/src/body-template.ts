import type { DeliveredEvent } from '@nest-integrations/core';

export type BodyContentType = 'json' | 'form' | 'text';

export type Rendered =
  { readonly ok: true; readonly body: string } | { readonly ok: false; readonly reason: string };

/** A place in a template that an event fills in. */
interface Place {
  readonly path: string;
  readonly keys: readonly string[];
  /** Whether it stands between the quotes of a JSON string. */
  readonly quoted: boolean;
}

const EXPRESSION = /\{\{([^{}]*)\}\}/;
const PATH = /^(event\.(id|type|timestamp)|payload(\.[A-Za-z0-9_-]+|\[\d+\])*)$/;

/** Null: it can be saved. Otherwise what is wrong. */
export function templateProblem(source: string, contentType: BodyContentType): string | null {
  const { texts, paths } = split(source);
  if (texts.some((text) => text.includes('{{'))) return 'has a {{ that is not closed by }}';
  const unknown = paths.find((path) => !PATH.test(path));
  if (unknown !== undefined) {
    return `'{{ ${unknown} }}' is not a path: use payload.…, event.id, event.type or event.timestamp`;
  }
  // A path inside quotes stands for text, one outside for any JSON value: 0 fits both.
  return contentType !== 'json' || isJson(texts.join('0')) ? null : 'does not yield JSON';
}

/**
 * Reads a template once, for many events. Values are escaped for the place they land in; a path that
 * an event lacks is a reason to reject, never an empty text.
 */
export function compileTemplate(
  source: string,
  contentType: BodyContentType,
): (event: DeliveredEvent) => Rendered {
  const { texts, paths } = split(source);
  const places = placesOf(texts, paths);
  return (event) => {
    let body = texts[0] ?? '';
    for (const [index, place] of places.entries()) {
      const value = valueAt(place, event);
      if (value === undefined) {
        const reason = `The template names '${place.path}', which this event does not have`;
        return { ok: false, reason };
      }
      body += escaped(value, place, contentType) + (texts[index + 1] ?? '');
    }
    return contentType !== 'json' || isJson(body)
      ? { ok: true, body }
      : { ok: false, reason: 'The template did not yield JSON for this event' };
  };
}

/** The template's own texts, and between each two of them a path. */
function split(source: string): { texts: string[]; paths: string[] } {
  const pieces = source.split(EXPRESSION);
  return {
    texts: pieces.filter((_piece, index) => index % 2 === 0),
    paths: pieces.filter((_piece, index) => index % 2 === 1).map((path) => path.trim()),
  };
}

function placesOf(texts: readonly string[], paths: readonly string[]): Place[] {
  let quoted = false;
  return paths.map((path, index) => {
    quoted = endsInString(texts[index] ?? '', quoted);
    return { path, keys: path.replaceAll(/\[(\d+)\]/g, '.$1').split('.'), quoted };
  });
}

/** Whether a JSON string is open at the end of a text. */
function endsInString(text: string, openBefore: boolean): boolean {
  let open = openBefore;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') open = !open;
  }
  return open;
}

/** As JSON text; the payload as a whole is what was emitted, its key order kept. */
function valueAt({ path, keys }: Place, event: DeliveredEvent): string | undefined {
  if (path === 'payload') return event.payloadJson;
  const [root, ...rest] = keys;
  let value: unknown = root === 'payload' ? event.payload : envelopeOf(event);
  for (const key of rest) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return JSON.stringify(value);
}

function envelopeOf({ id, type, occurredAt }: DeliveredEvent): Record<string, string> {
  return { id, type, timestamp: occurredAt };
}

function escaped(json: string, { quoted }: Place, contentType: BodyContentType): string {
  if (contentType === 'json') {
    if (!quoted) return json;
    return json.startsWith('"') ? json.slice(1, -1) : JSON.stringify(json).slice(1, -1);
  }
  const text = json.startsWith('"') ? String(JSON.parse(json)) : json;
  // By way of bytes: `encodeURIComponent` throws on half a character.
  return contentType === 'form' ? encodeURIComponent(Buffer.from(text).toString()) : text;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
