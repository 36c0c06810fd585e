import type { z } from 'zod';

/** Where the text of a template lands. */
export type TemplateHint = 'text' | 'json' | 'html' | 'mrkdwn' | 'markdown' | 'form' | 'url';

/** What a form needs to know beyond a field's type. Reaches the UI as JSON Schema `x-` keywords. */
export interface UiHints {
  title?: string;
  /** Encrypted at rest, never answered, kept on an update that leaves it out. */
  secret?: boolean;
  hidden?: boolean;
  multiline?: boolean;
  /** Liquid, and where its text lands, or the sibling field whose value says so; judged by the subscription's events when it is saved. */
  template?: TemplateHint | { readonly by: string };
  placeholder?: string;
  /**
   * What is connected to: a URL (templates after its host), or a host, with its port or beside a field
   * `port`. Refused when it is saved where the operator or the address guard forbids it.
   */
  destination?: 'url' | 'host';
  /** The text is code of that language: a form offers an editor for it. */
  code?: 'javascript';
  /** By sibling field, the values with which this one applies: `{ format: ['template'] }`. */
  showWhen?: Readonly<Record<string, readonly (string | number | boolean)[]>>;
}

const KEYWORD: Record<Exclude<keyof UiHints, 'title'>, string> = {
  secret: 'x-secret',
  hidden: 'x-hidden',
  multiline: 'x-multiline',
  template: 'x-template',
  placeholder: 'x-placeholder',
  destination: 'x-destination',
  code: 'x-code',
  showWhen: 'x-show-when',
};

/** Marks a schema field with hints: `ui(z.string().min(8), { secret: true })`. */
export function ui<S extends z.ZodType>(schema: S, hints: UiHints): S {
  const meta: Record<string, unknown> = { ...schema.meta() };
  if (hints.title !== undefined) meta['title'] = hints.title;
  for (const [hint, keyword] of Object.entries(KEYWORD)) {
    const value = hints[hint as keyof typeof KEYWORD];
    if (value !== undefined) meta[keyword] = value;
  }
  return schema.meta(meta) as S;
}

export function secret<S extends z.ZodType>(schema: S): S {
  return ui(schema, { secret: true });
}
