import { cutText } from '@nest-integrations/common';
import {
  escapeMrkdwn,
  plainValuesOf,
  Template,
  templateScopeOf,
  type DeliveredEvent,
  type DeliveryContext,
} from '@nest-integrations/core';
import type { SlackConfig } from './slack-config.js';

/** What a message says. */
export interface SlackMessage {
  /** Mrkdwn; beside blocks, what notifications show. */
  readonly text: string;
  readonly blocks?: readonly unknown[];
}

/** Slack's own bounds: https://docs.slack.dev/reference/block-kit/blocks */
const MAX_TEXT = 40_000;
const MAX_BLOCKS = 50;
const MAX_FIELDS = 10;
const MAX_FIELD = 2_000;

/** The templates of a config, read once. */
export class SlackMessageWriter {
  private readonly text: Template | null;
  private readonly blocks: Template | null;

  /** @throws TemplateError */
  constructor({ text, blocks }: SlackConfig) {
    this.text = text === undefined ? null : Template.compile(text, 'mrkdwn');
    this.blocks = blocks === undefined ? null : Template.compile(blocks, 'json');
  }

  /** @throws TemplateError; TypeError where the blocks are no list of at most 50 */
  write(context: Pick<DeliveryContext<SlackConfig>, 'event' | 'subscription'>): SlackMessage {
    const { event } = context;
    const scope = templateScopeOf(context);
    const text = cutText(this.text?.render(scope).trim() ?? '', MAX_TEXT);
    if (this.blocks) {
      const blocks: unknown = JSON.parse(this.blocks.render(scope));
      if (!Array.isArray(blocks) || blocks.length === 0 || blocks.length > MAX_BLOCKS) {
        throw new TypeError(`The template blocks must yield a list of 1 to ${MAX_BLOCKS} blocks`);
      }
      return { text: text || event.type, blocks };
    }
    // Slack refuses an empty one.
    return text === '' ? defaultMessage(event) : { text };
  }
}

/** Type, time and the payload's plain values. */
function defaultMessage({ type, occurredAt, payload }: DeliveredEvent): SlackMessage {
  const fields = plainValuesOf(payload, MAX_FIELDS).map(([name, value]) => ({
    type: 'mrkdwn',
    text: cutText(`*${escapeMrkdwn(name)}*\n${escapeMrkdwn(value)}`, MAX_FIELD),
  }));
  return {
    text: `*${escapeMrkdwn(type)}*`,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: type.slice(0, 150) } },
      ...(fields.length > 0 ? [{ type: 'section', fields }] : []),
      {
        type: 'context',
        elements: [{ type: 'mrkdwn', text: dateText(occurredAt) }],
      },
    ],
  };
}

/** In the reader's zone: https://docs.slack.dev/messaging/formatting-message-text#date-formatting */
function dateText(at: string): string {
  return `<!date^${Math.floor(Date.parse(at) / 1_000)}^{date_short_pretty} {time_secs}|${at}>`;
}
