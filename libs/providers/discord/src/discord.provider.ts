import {
  delivered,
  IntegrationProvider,
  rejected,
  TemplateError,
  versioned,
  type ConnectionContext,
  type ConnectionTest,
  type DeliveryContext,
  type DeliveryOutcome,
  type DeliveryProvider,
  type OutboundResponse,
} from '@nest-integrations/core';
import { z } from 'zod';
import {
  discordConfig,
  discordConnection,
  type DiscordConfig,
  type DiscordConnection,
} from './discord-config.js';
import { discordDocumentation } from './discord-documentation.js';
import { bodyOf, failureOf, isThreadGone } from './discord-failure.js';
import { DiscordMessageWriter, type WrittenMessage } from './discord-message.js';
import { DiscordWebhook, webhookOf } from './discord-webhook.js';

type Context = DeliveryContext<DiscordConfig, DiscordConnection>;

const posted = z.looseObject({ id: z.string(), channel_id: z.string() });

/** Posts events as messages of a webhook. */
@IntegrationProvider({
  id: 'discord',
  displayName: 'Discord',
  description: 'Posts each event to a channel, or opens a post of a forum and adds to it.',
  icon: 'discord',
  threads: true,
  config: versioned(1, discordConfig),
  connection: versioned(1, discordConnection),
  documentation: discordDocumentation,
})
export class DiscordProvider implements DeliveryProvider<DiscordConfig, DiscordConnection> {
  private readonly writers = new WeakMap<DiscordConfig, DiscordMessageWriter>();
  private readonly webhooks = new WeakMap<DiscordConnection, DiscordWebhook>();

  async deliver(context: Context): Promise<DeliveryOutcome> {
    let written: WrittenMessage;
    try {
      written = this.writerOf(context.config).write(context);
    } catch (error) {
      if (error instanceof TemplateError || error instanceof TypeError) {
        return rejected(error.message);
      }
      throw error;
    }
    const { thread } = context;
    const webhook = this.webhookOf(context.connection);
    const first = thread?.externalId ? placeOf(thread.externalId) : null;
    if (first) {
      const response = await this.join(webhook, first, written, context);
      if (!isThreadGone(response)) return this.outcomeOf(response, webhook, context);
    }
    const outcome = await this.outcomeOf(
      await this.open(webhook, written, context),
      webhook,
      context,
    );
    return first && outcome.kind === 'delivered' ? { ...outcome, reopensThread: true } : outcome;
  }

  async testConnection({
    connection,
    http,
  }: ConnectionContext<DiscordConnection>): Promise<ConnectionTest> {
    const response = await new DiscordWebhook(connection.url).get(http);
    const webhook = webhookOf(response);
    if (webhook) return { ok: true, message: `The webhook ${webhook.name ?? ''} is there` };
    const outcome = failureOf(response);
    return { ok: false, message: outcome.kind === 'delivered' ? '' : outcome.reason };
  }

  private open(
    webhook: DiscordWebhook,
    { message, threadName }: WrittenMessage,
    context: Context,
  ): Promise<OutboundResponse> {
    const { threadId, username } = context.config;
    return webhook.post(context, threadId === undefined ? {} : { thread_id: threadId }, {
      ...message,
      ...(username !== undefined && { username }),
      ...(threadName !== null && threadId === undefined && { thread_name: threadName }),
    });
  }

  private join(
    webhook: DiscordWebhook,
    { channel, id: messageId }: MessagePlace,
    { message }: WrittenMessage,
    context: Context,
  ): Promise<OutboundResponse> {
    const { threadId, threadName, thread, username } = context.config;
    // A post of a forum is a thread, and that is a channel of its own.
    const within = threadId ?? (threadName === undefined ? null : channel);
    if (thread === 'update') return webhook.edit(context, { messageId, threadId: within }, message);
    return webhook.post(context, within === null ? {} : { thread_id: within }, {
      ...message,
      ...(username !== undefined && { username }),
    });
  }

  private async outcomeOf(
    response: OutboundResponse,
    webhook: DiscordWebhook,
    { http }: Context,
  ): Promise<DeliveryOutcome> {
    const message = response.ok ? posted.safeParse(bodyOf(response)).data : undefined;
    if (!message) return failureOf(response);
    const { id, channel_id: channel } = message;
    const guild = (await webhook.describe(http))?.guild_id;
    return delivered({
      externalId: `${channel}/${id}`,
      ...(guild && { externalUrl: `https://discord.com/channels/${guild}/${channel}/${id}` }),
    });
  }

  private writerOf(config: DiscordConfig): DiscordMessageWriter {
    let writer = this.writers.get(config);
    if (!writer) this.writers.set(config, (writer = new DiscordMessageWriter(config)));
    return writer;
  }

  private webhookOf(connection: DiscordConnection): DiscordWebhook {
    let webhook = this.webhooks.get(connection);
    if (!webhook) this.webhooks.set(connection, (webhook = new DiscordWebhook(connection.url)));
    return webhook;
  }
}

interface MessagePlace {
  readonly channel: string;
  readonly id: string;
}

function placeOf(externalId: string): MessagePlace | null {
  const [channel, id] = externalId.split('/');
  return channel && id ? { channel, id } : null;
}
