import { cutText } from '@nest-integrations/common';
import {
  escapeMarkdown,
  plainValuesOf,
  Template,
  templateScopeOf,
  type DeliveryContext,
} from '@nest-integrations/core';
import type { WebexConfig } from './webex-config.js';

type Context = Pick<DeliveryContext<WebexConfig>, 'event' | 'subscription'>;

/** https://developer.webex.com/docs/api/v1/messages/create-a-message */
const MAX_BYTES = 7_439;
const MAX_VALUE = 500;

/** The template of a config, read once. */
export class WebexMessageWriter {
  private readonly template: Template | null;

  /** @throws TemplateError */
  constructor({ markdown }: WebexConfig) {
    this.template = markdown === undefined ? null : Template.compile(markdown, 'markdown');
  }

  /** @throws TemplateError */
  write(context: Context): string {
    const text = this.template?.render(templateScopeOf(context)) ?? '';
    return withinBytes(text.trim() === '' ? defaultMessage(context) : text);
  }
}

function defaultMessage({ event: { type, payload } }: Context): string {
  const values = plainValuesOf(payload).map(
    ([name, value]) =>
      `- **${escapeMarkdown(name)}**: ${escapeMarkdown(cutText(value, MAX_VALUE))}`,
  );
  return [`**${escapeMarkdown(type)}**`, '', ...values].join('\n');
}

/** Cut between characters, not within one. */
function withinBytes(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_BYTES) return text;
  return new TextDecoder().decode(bytes.subarray(0, MAX_BYTES), { stream: true });
}
