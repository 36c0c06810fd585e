import type { HttpClient, OutboundResponse } from '@nest-integrations/core';
import { z } from 'zod';
import { bodyOf } from './discord-failure.js';
import type { DiscordMessage } from './discord-message.js';
import { RateWindow } from './rate-window.js';

const webhookForm = z.looseObject({
  name: z.string().nullish(),
  guild_id: z.string().nullish(),
  channel_id: z.string().nullish(),
});
export type WebhookInfo = z.output<typeof webhookForm>;

/** Null: it is no answer about a webhook. */
export function webhookOf(response: OutboundResponse): WebhookInfo | null {
  return response.ok ? (webhookForm.safeParse(bodyOf(response)).data ?? null) : null;
}

export interface CallContext {
  readonly http: HttpClient;
  readonly signal: AbortSignal;
}

/** One webhook of Discord's. Its URL has its token in it: no part of that reaches a log. */
export class DiscordWebhook {
  private readonly window = new RateWindow();
  private readonly secretValues: string[];
  private info: Promise<WebhookInfo | null> | null = null;

  constructor(private readonly url: string) {
    const { pathname } = new URL(url);
    this.secretValues = [pathname, pathname.slice(pathname.lastIndexOf('/') + 1)];
  }

  /** With `wait`, so that Discord answers what was posted, and errors with it. */
  post(context: CallContext, query: Readonly<Record<string, string>>, json: object) {
    const search = new URLSearchParams({ wait: 'true', ...query });
    return this.call(context, { method: 'POST', address: `${this.url}?${search}`, json });
  }

  edit(
    context: CallContext,
    place: { readonly messageId: string; readonly threadId: string | null },
    json: DiscordMessage,
  ) {
    const search = place.threadId === null ? '' : `?thread_id=${place.threadId}`;
    const address = `${this.url}/messages/${encodeURIComponent(place.messageId)}${search}`;
    return this.call(context, { method: 'PATCH', address, json });
  }

  /** What the webhook is; needs no more than its URL. */
  get(http: HttpClient): Promise<OutboundResponse> {
    return http.get(this.url, { record: false, secretValues: this.secretValues });
  }

  /** Asked once; null where Discord does not say. */
  async describe(http: HttpClient): Promise<WebhookInfo | null> {
    this.info ??= this.get(http).then(webhookOf, () => null);
    return this.info;
  }

  private async call(
    { http, signal }: CallContext,
    sent: { readonly method: 'POST' | 'PATCH'; readonly address: string; readonly json: object },
  ): Promise<OutboundResponse> {
    await this.window.wait(signal);
    const { method, address, json } = sent;
    const response = await http.request(method, address, {
      json,
      secretValues: this.secretValues,
    });
    this.window.note(response);
    return response;
  }
}
