import { cutText } from '@nest-integrations/common';
import {
  escapeMarkdown,
  plainValuesOf,
  Template,
  templateScopeOf,
  type DeliveryContext,
} from '@nest-integrations/core';
import type { DiscordConfig } from './discord-config.js';

/** The body of a message. https://discord.com/developers/docs/resources/webhook#execute-webhook */
export interface DiscordMessage {
  readonly content: string;
  readonly embeds: readonly unknown[];
  /** Nobody, whatever the text says. */
  readonly allowed_mentions: { readonly parse: readonly never[] };
}

export interface WrittenMessage {
  readonly message: DiscordMessage;
  /** Of the forum post that it opens; null: it opens none. */
  readonly threadName: string | null;
}

type Context = Pick<DeliveryContext<DiscordConfig>, 'event' | 'subscription'>;

/** Discord's own bounds: https://discord.com/developers/docs/resources/message#embed-object-embed-limits */
const MAX_CONTENT = 2_000;
const MAX_EMBEDS = 10;
const MAX_TITLE = 256;
const MAX_FOOTER = 200;
const MAX_THREAD_NAME = 100;
/** All texts of a message's embeds together may have 6000 characters. */
const MAX_FIELDS = 10;
const MAX_FIELD_NAME = 100;
const MAX_FIELD_VALUE = 400;
const COLOUR = 0x5865f2;

/** The templates of a config, read once. */
export class DiscordMessageWriter {
  private readonly content: Template | null;
  private readonly embeds: Template | null;
  private readonly threadName: Template | null;

  /** @throws TemplateError */
  constructor({ content, embeds, threadName }: DiscordConfig) {
    this.content = content === undefined ? null : Template.compile(content, 'markdown');
    this.embeds = embeds === undefined ? null : Template.compile(embeds, 'json');
    this.threadName = threadName === undefined ? null : Template.compile(threadName, 'text');
  }

  /** @throws TemplateError; TypeError where the embeds are no list of at most 10 */
  write(context: Context): WrittenMessage {
    const scope = templateScopeOf(context);
    const content = cutText(this.content?.render(scope) ?? '', MAX_CONTENT);
    const threadName = this.threadName
      ? cutText(this.threadName.render(scope).trim(), MAX_THREAD_NAME)
      : null;
    const embeds = this.embeds ? embedsOf(this.embeds.render(scope)) : [];
    const isEmpty = content.trim() === '' && embeds.length === 0;
    return {
      message: {
        content,
        embeds: isEmpty ? [defaultEmbed(context)] : embeds,
        allowed_mentions: { parse: [] },
      },
      // A forum post must have a title.
      threadName: threadName === '' ? context.event.type : threadName,
    };
  }
}

function embedsOf(json: string): unknown[] {
  const embeds: unknown = JSON.parse(json);
  if (Array.isArray(embeds) && embeds.length <= MAX_EMBEDS) return embeds;
  throw new TypeError(`The template embeds must yield a list of up to ${MAX_EMBEDS} embeds`);
}

function defaultEmbed({ event, subscription }: Context): object {
  return {
    title: event.type.slice(0, MAX_TITLE),
    color: COLOUR,
    timestamp: event.occurredAt,
    footer: { text: cutText(subscription.name, MAX_FOOTER) },
    fields: plainValuesOf(event.payload, MAX_FIELDS).map(([name, value]) => ({
      name: cutText(name, MAX_FIELD_NAME),
      value: escapeMarkdown(cutText(value, MAX_FIELD_VALUE / 2)),
      inline: value.length <= 40,
    })),
  };
}
