import { Template, TemplateError, type TemplateScope } from '@nest-integrations/core';
import { isTemplate } from './url-template.js';

export type RenderedHeaders = Readonly<Record<string, string>>;

export type Headers =
  | { readonly ok: true; readonly headers: RenderedHeaders }
  | { readonly ok: false; readonly reason: string };

/** What no header may hold: it would end it, or can’t be written. */
const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/gu;

/** Reads the headers that have values in them once, for many events; null: none has. */
export function compileHeaders(
  headers: RenderedHeaders,
): ((scope: TemplateScope) => Headers) | null {
  const templates = Object.entries(headers)
    .filter(([, value]) => isTemplate(value))
    .map(([name, value]): [string, Template] => [name, Template.compile(value, 'text')]);
  if (templates.length === 0) return null;
  return (scope) => {
    try {
      const rendered = templates.map(([name, template]) => [
        name,
        sendable(template.render(scope)),
      ]);
      return { ok: true, headers: Object.fromEntries(rendered) };
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      return { ok: false, reason: `A header can’t be made for this event: ${error.message}` };
    }
  };
}

/** Line breaks and what is beyond Latin-1 as in URLs: the receiver sees them, the request stays one. */
function sendable(text: string): string {
  return text.replaceAll(UNSENDABLE, (character) =>
    encodeURIComponent(Buffer.from(character).toString()),
  );
}
