import {
  delivered,
  IntegrationProvider,
  OptionsFor,
  rejected,
  TemplateError,
  versioned,
  type ConnectionContext,
  type ConnectionTest,
  type DeliveryContext,
  type DeliveryOutcome,
  type DeliveryProvider,
  type OptionPage,
  type OptionsContext,
} from '@nest-integrations/core';
import { Inject, Optional } from '@nestjs/common';
import { z } from 'zod';
import { answerOf, failureOf, isThreadGone, ofIncomingWebhook, SlackApi } from './slack-api.js';
import {
  slackConfig,
  slackConnection,
  type SlackConfig,
  type SlackConnection,
} from './slack-config.js';
import { slackDocumentation } from './slack-documentation.js';
import { SlackMessageWriter, type SlackMessage } from './slack-message.js';

type Context = DeliveryContext<SlackConfig, SlackConnection>;

/** Token of the Web API's address. Default `https://slack.com/api`. */
export const SLACK_API_URL = 'nest-integrations:slack-api-url';

const posted = z.looseObject({ ok: z.literal(true), channel: z.string(), ts: z.string() });
const identity = z.looseObject({ url: z.string(), team: z.string(), user: z.string() });
const channelPage = z.looseObject({
  channels: z.array(
    z.looseObject({
      id: z.string(),
      name: z.string(),
      is_private: z.boolean().optional(),
      is_member: z.boolean().optional(),
    }),
  ),
  response_metadata: z.looseObject({ next_cursor: z.string().optional() }).optional(),
});

const CHANNELS_A_PAGE = '200';
/** Slack can't search channels: so many pages are looked through for what was typed. */
const PAGES_SEARCHED = 10;

/** Posts events as messages. */
@IntegrationProvider({
  id: 'slack',
  displayName: 'Slack',
  description: 'Posts each event to a channel; events of one thread become replies.',
  icon: 'slack',
  threads: true,
  config: versioned(1, slackConfig),
  connection: versioned(1, slackConnection),
  documentation: slackDocumentation,
})
export class SlackProvider implements DeliveryProvider<SlackConfig, SlackConnection> {
  private readonly writers = new WeakMap<SlackConfig, SlackMessageWriter>();
  /** Where a workspace's messages can be looked at; null: not known. */
  private readonly workspaces = new WeakMap<SlackConnection, Promise<string | null>>();

  constructor(
    @Optional() @Inject(SLACK_API_URL) private readonly apiUrl: string = 'https://slack.com/api',
  ) {}

  async deliver(context: Context): Promise<DeliveryOutcome> {
    let message: SlackMessage;
    try {
      message = this.writerOf(context.config).write(context);
    } catch (error) {
      if (error instanceof TemplateError || error instanceof TypeError) {
        return rejected(error.message);
      }
      throw error;
    }
    const { connection } = context;
    if (connection.method === 'incoming-webhook') {
      // The path alone lets anyone post; a service on the way may name it in an error.
      const secretValues = [new URL(connection.url).pathname];
      return ofIncomingWebhook(
        await context.http.post(connection.url, { json: message, secretValues }),
      );
    }
    return this.post(context, connection.token, message);
  }

  async testConnection({
    connection,
    http,
  }: ConnectionContext<SlackConnection>): Promise<ConnectionTest> {
    if (connection.method === 'incoming-webhook') {
      return {
        ok: true,
        message: 'An incoming webhook can’t be tried without posting: send a test event by it',
      };
    }
    const answer = await new SlackApi(http, this.apiUrl, connection.token).ask('auth.test');
    const { user, team } = identity.parse(answer);
    return { ok: true, message: `Signed in as ${user} in ${team}` };
  }

  /** Public channels, and the private ones that the bot is in. */
  @OptionsFor('channel', { searchable: true })
  async channels(context: OptionsContext<SlackConnection>): Promise<OptionPage> {
    const { connection, http, search } = context;
    if (connection.method !== 'bot') {
      throw new Error('An incoming webhook posts to its own channel: leave this empty');
    }
    const api = new SlackApi(http, this.apiUrl, connection.token);
    const wanted = search.toLowerCase().replace(/^#/, '');
    const options: OptionPage['options'][number][] = [];
    let cursor = context.cursor ?? '';
    for (let page = 0; page < (wanted === '' ? 1 : PAGES_SEARCHED); page++) {
      const { channels, response_metadata } = channelPage.parse(
        await api.ask('conversations.list', {
          types: 'public_channel,private_channel',
          exclude_archived: 'true',
          limit: CHANNELS_A_PAGE,
          ...(cursor !== '' && { cursor }),
        }),
      );
      for (const { id, name, is_private, is_member } of channels) {
        if (!name.includes(wanted)) continue;
        const description = is_member === false ? 'The bot is not in it yet' : undefined;
        options.push({
          value: id,
          label: `${is_private ? '🔒 ' : '#'}${name}`,
          ...(description !== undefined && { description }),
        });
      }
      cursor = response_metadata?.next_cursor ?? '';
      if (cursor === '') return { options };
    }
    return { options, nextCursor: cursor };
  }

  private async post(
    context: Context,
    token: string,
    message: SlackMessage,
  ): Promise<DeliveryOutcome> {
    const { config, http, thread } = context;
    const api = new SlackApi(http, this.apiUrl, token);
    const first = thread?.externalId ? messageOf(thread.externalId) : null;
    if (first) {
      const response = await this.join(api, first, { message, config });
      if (!isThreadGone(response)) return this.outcomeOf(response, context, api);
    }
    if (config.channel === undefined) {
      return rejected('The subscription names no channel, which a bot token needs');
    }
    const response = await api.post('chat.postMessage', {
      channel: config.channel,
      unfurl_links: false,
      ...message,
    });
    const outcome = await this.outcomeOf(response, context, api);
    return first && outcome.kind === 'delivered' ? { ...outcome, reopensThread: true } : outcome;
  }

  private join(
    api: SlackApi,
    first: MessagePlace,
    { message, config }: { message: SlackMessage; config: SlackConfig },
  ) {
    if (config.thread === 'update') {
      // Blocks that are left out would stay as they were.
      return api.post('chat.update', { ...first, blocks: [], ...message });
    }
    return api.post('chat.postMessage', {
      channel: first.channel,
      thread_ts: first.ts,
      reply_broadcast: config.thread === 'reply-and-broadcast',
      unfurl_links: false,
      ...message,
    });
  }

  private async outcomeOf(
    response: Parameters<typeof failureOf>[0],
    { connection }: Context,
    api: SlackApi,
  ): Promise<DeliveryOutcome> {
    const place = posted.safeParse(answerOf(response)).data;
    if (!place) return failureOf(response);
    const { channel, ts } = place;
    const workspace = await this.workspaceOf(connection, api);
    return delivered({
      externalId: `${channel}/${ts}`,
      ...(workspace !== null && {
        externalUrl: `${workspace}archives/${channel}/p${ts.replace('.', '')}`,
      }),
    });
  }

  /** Asked once; what was posted stays so where Slack does not say. */
  private workspaceOf(connection: SlackConnection, api: SlackApi): Promise<string | null> {
    let workspace = this.workspaces.get(connection);
    if (!workspace) {
      workspace = api.ask('auth.test').then(
        (answer) => identity.safeParse(answer).data?.url ?? null,
        () => null,
      );
      this.workspaces.set(connection, workspace);
    }
    return workspace;
  }

  private writerOf(config: SlackConfig): SlackMessageWriter {
    let writer = this.writers.get(config);
    if (!writer) this.writers.set(config, (writer = new SlackMessageWriter(config)));
    return writer;
  }
}

interface MessagePlace {
  readonly channel: string;
  readonly ts: string;
}

function messageOf(externalId: string): MessagePlace | null {
  const [channel, ts] = externalId.split('/');
  return channel && ts ? { channel, ts } : null;
}
