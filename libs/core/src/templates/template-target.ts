/** Where a template's text lands, which says how a value is escaped. */
export const TEMPLATE_TARGETS = [
  'text',
  'json',
  'html',
  'mrkdwn',
  'markdown',
  'form',
  'url',
] as const;

export type TemplateTarget = (typeof TEMPLATE_TARGETS)[number];

const originals = new WeakMap<object, string>();

/** Prints a parsed value as the JSON text that it came as: its digits and the order of its keys. */
export function keepJsonText(value: unknown, json: string): void {
  if (typeof value === 'object' && value !== null) originals.set(value, json);
}

export function jsonTextOf(value: unknown): string | undefined {
  const original = typeof value === 'object' && value !== null ? originals.get(value) : undefined;
  return original ?? JSON.stringify(value);
}

/** A value as plain text: objects and lists as JSON, nothing for null and what is not there. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  return jsonTextOf(value) ?? '';
}

const HTML: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** For text and attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => HTML[character] ?? character);
}

/** Slack's three control characters; a mention or a link can't be smuggled in without them. */
export function escapeMrkdwn(text: string): string {
  return text.replaceAll(/[&<>]/g, (character) => HTML[character] ?? character);
}

/** CommonMark: a backslash before each character that may begin markup. */
export function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]()<>#+\-.!|~@:]/g, String.raw`\$&`);
}

/** For a field of a form or a part of a URL. Half a character becomes the replacement character. */
export function escapeUrl(text: string): string {
  // By way of bytes: `encodeURIComponent` throws on half a character.
  return encodeURIComponent(Buffer.from(text).toString());
}
