import type { DeliveredEvent } from '@nest-integrations/core';

type ContentType = 'json' | 'form' | 'text';

export type Rendered =
  { readonly ok: true; readonly body: string } | { readonly ok: false; readonly reason: string };

const EXPRESSION = /\{\{\s*([^{}]*?)\s*\}\}/g;
const PATH = /^(event\.(id|type|timestamp)|payload(\.[A-Za-z0-9_-]+|\[\d+\])*)$/;

/** Null: it can be saved. Otherwise what is wrong. */
export function templateProblem(template: string, contentType: ContentType): string | null {
  const paths = [...template.matchAll(EXPRESSION)].map(([, path]) => path ?? '');
  const unknown = paths.find((path) => !PATH.test(path));
  if (unknown !== undefined) {
    return `'{{ ${unknown} }}' is not a path: use payload.…, event.id, event.type or event.timestamp`;
  }
  if (contentType !== 'json') return null;
  // A path inside quotes stands for text, one outside for any JSON value: 0 fits both.
  return isJson(template.replace(EXPRESSION, '0')) ? null : 'does not yield JSON';
}

/** Fills in the paths, escaped for the place they land in. A path that the event lacks is an error. */
export function renderBody(
  template: string,
  contentType: ContentType,
  event: DeliveredEvent,
): Rendered {
  let missing: string | null = null;
  const body = template.replace(EXPRESSION, (_match, path: string, offset: number) => {
    const value = valueAt(path, event);
    if (value === undefined) {
      missing ??= path;
      return '';
    }
    return escaped(value, contentType, contentType === 'json' && inString(template, offset));
  });
  if (missing !== null) {
    return {
      ok: false,
      reason: `The template names '${String(missing)}', which this event does not have`,
    };
  }
  if (contentType === 'json' && !isJson(body)) {
    return { ok: false, reason: 'The template did not yield JSON for this event' };
  }
  return { ok: true, body };
}

function valueAt(path: string, event: DeliveredEvent): unknown {
  if (path === 'event.id') return event.id;
  if (path === 'event.type') return event.type;
  if (path === 'event.timestamp') return event.occurredAt;
  let value: unknown = event.payload;
  for (const part of path
    .replaceAll(/\[(\d+)\]/g, '.$1')
    .split('.')
    .slice(1)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part))
      return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}

function escaped(value: unknown, contentType: ContentType, quoted: boolean): string {
  if (contentType === 'json') {
    if (!quoted) return JSON.stringify(value);
    return JSON.stringify(textOf(value)).slice(1, -1);
  }
  return contentType === 'form' ? encodeURIComponent(textOf(value)) : textOf(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Whether a place in a JSON template is between quotes. */
function inString(template: string, offset: number): boolean {
  let inside = false;
  for (let i = 0; i < offset; i++) {
    if (template[i] === '\\') i++;
    else if (template[i] === '"') inside = !inside;
  }
  return inside;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
