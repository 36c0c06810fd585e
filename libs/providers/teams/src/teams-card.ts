import { cutText } from '@nest-integrations/common';
import {
  plainValuesOf,
  Template,
  templateScopeOf,
  type DeliveredEvent,
  type DeliveryContext,
} from '@nest-integrations/core';
import { z } from 'zod';
import type { TeamsConfig } from './teams-config.js';

/** Of a message, whichever way it goes. */
const MAX_BYTES = 28_000;
const MAX_FACTS = 12;
/** How long a value may be; where the card is too large, the next is tried. */
const VALUE_LENGTHS = [1_000, 300, 80];
const MAX_TITLE = 500;

const adaptiveCard = z.looseObject({ type: z.literal('AdaptiveCard') });
export type AdaptiveCard = z.output<typeof adaptiveCard>;

/** A card that Teams could not take. Its message is for whoever wrote the template. */
export class CardError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CardError';
  }
}

/** The templates of a config, read once. */
export class TeamsCardWriter {
  private readonly title: Template | null;
  private readonly card: Template | null;

  /** @throws TemplateError */
  constructor({ title, card }: TeamsConfig) {
    this.title = title === undefined ? null : Template.compile(title, 'markdown');
    this.card = card === undefined ? null : Template.compile(card, 'json');
  }

  /** @throws TemplateError, CardError */
  write(context: Pick<DeliveryContext<TeamsConfig>, 'event' | 'subscription'>): AdaptiveCard {
    const { event } = context;
    const scope = templateScopeOf(context);
    if (this.card) return checked(JSON.parse(this.card.render(scope)));
    return defaultCard(event, this.title?.render(scope).trim() || escapeText(event.type));
  }
}

function checked(rendered: unknown): AdaptiveCard {
  const card = adaptiveCard.safeParse(rendered);
  if (!card.success) {
    throw new CardError('The template card must yield an object with "type": "AdaptiveCard"');
  }
  const bytes = bytesOf(card.data);
  if (bytes <= MAX_BYTES) return card.data;
  throw new CardError(`The card is ${bytes} bytes; Teams takes ${MAX_BYTES}. Leave values out`);
}

/** Title, the payload's plain values and the time; long values are cut where they would not fit. */
function defaultCard(event: DeliveredEvent, title: string): AdaptiveCard {
  for (const length of VALUE_LENGTHS) {
    const card = cardOf(event, cutText(title, MAX_TITLE), length);
    if (bytesOf(card) <= MAX_BYTES) return card;
  }
  throw new CardError(
    `The event does not fit into ${MAX_BYTES} bytes: give the subscription a card`,
  );
}

function cardOf(
  { payload, occurredAt }: DeliveredEvent,
  title: string,
  length: number,
): AdaptiveCard {
  const facts = plainValuesOf(payload, MAX_FACTS).map(([name, value]) => ({
    title: escapeText(cut(name, 100)),
    value: escapeText(cut(value, length)),
  }));
  return {
    type: 'AdaptiveCard',
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    version: '1.4',
    body: [
      { type: 'TextBlock', text: title, weight: 'Bolder', size: 'Medium', wrap: true },
      ...(facts.length > 0 ? [{ type: 'FactSet', facts }] : []),
      { type: 'TextBlock', text: timeText(occurredAt), isSubtle: true, size: 'Small', wrap: true },
    ],
  };
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${cutText(text, length - 1)}…`;
}

/** In the reader's zone; only whole seconds are understood. */
function timeText(at: string): string {
  const whole = at.replace(/\.\d+Z$/, 'Z');
  return `{{DATE(${whole}, SHORT)}} {{TIME(${whole})}}`;
}

/** Cards understand a part of Markdown, and dates in double braces. */
function escapeText(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>]/g, String.raw`\$&`).replaceAll('{{', '{\u200b{');
}

/** As it is sent by Graph, where the card is a text within JSON: the larger of the two. */
function bytesOf(card: object): number {
  return Buffer.byteLength(JSON.stringify(JSON.stringify(card)));
}
