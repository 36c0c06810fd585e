import {
  delivered,
  IntegrationProvider,
  OptionsFor,
  rejected,
  retry,
  TemplateError,
  versioned,
  type ConnectionContext,
  type ConnectionTest,
  type DeliveryContext,
  type DeliveryOutcome,
  type DeliveryProvider,
  type HttpClient,
  type OAuthTokens,
  type OptionPage,
  type OptionsContext,
  type OutboundResponse,
} from '@nest-integrations/core';
import { Inject, Optional } from '@nestjs/common';
import { z } from 'zod';
import { GraphApi, type ChannelPlace, type MessagePlace } from './graph-api.js';
import { graphFailure, workflowOutcome } from './teams-answers.js';
import { CardError, TeamsCardWriter, type AdaptiveCard } from './teams-card.js';
import {
  teamsConfig,
  teamsConnection,
  type TeamsConfig,
  type TeamsConnection,
} from './teams-config.js';
import { teamsDocumentation } from './teams-documentation.js';

type Context = DeliveryContext<TeamsConfig, TeamsConnection>;

/** Token of Graph's address, with its version. Default `https://graph.microsoft.com/v1.0`. */
export const MICROSOFT_GRAPH_URL = 'nest-integrations:microsoft-graph-url';

const LOGIN = 'https://login.microsoftonline.com';
const SCOPES = [
  'offline_access',
  'User.Read',
  'Team.ReadBasic.All',
  'Channel.ReadBasic.All',
  'ChannelMessage.Send',
];

/** Shorter parts of a URL are versions and the like. */
const MIN_SECRET = 8;

const posted = z.looseObject({ id: z.string(), webUrl: z.string().nullish() });

/** Posts events as Adaptive Cards. */
@IntegrationProvider({
  id: 'teams',
  displayName: 'Microsoft Teams',
  description: 'Posts each event as a card to a channel; events of one thread become replies.',
  icon: 'teams',
  threads: true,
  config: versioned(1, teamsConfig),
  connection: versioned(1, teamsConnection),
  oauth: {
    connection: (connection) =>
      connection.method === 'graph'
        ? {
            grant: 'authorization-code',
            authorizationUrl: `${LOGIN}/${connection.tenant}/oauth2/v2.0/authorize`,
            tokenUrl: `${LOGIN}/${connection.tenant}/oauth2/v2.0/token`,
            clientId: connection.clientId,
            clientSecret: connection.clientSecret,
            clientAuth: 'body',
            scopes: SCOPES,
          }
        : null,
  },
  documentation: teamsDocumentation,
})
export class TeamsProvider implements DeliveryProvider<TeamsConfig, TeamsConnection> {
  private readonly writers = new WeakMap<TeamsConfig, TeamsCardWriter>();

  constructor(
    @Optional()
    @Inject(MICROSOFT_GRAPH_URL)
    private readonly graphUrl: string = 'https://graph.microsoft.com/v1.0',
  ) {}

  async deliver(context: Context): Promise<DeliveryOutcome> {
    let card: AdaptiveCard;
    try {
      card = this.writerOf(context.config).write(context);
    } catch (error) {
      if (error instanceof TemplateError || error instanceof CardError) {
        return rejected(error.message);
      }
      throw error;
    }
    const { connection } = context;
    if (connection.method === 'workflow') {
      const json = messageOf(card);
      const secretValues = secretPartsOf(connection.url);
      return workflowOutcome(await context.http.post(connection.url, { json, secretValues }));
    }
    return this.post(context, card);
  }

  async testConnection(context: ConnectionContext<TeamsConnection>): Promise<ConnectionTest> {
    if (context.connection.method === 'workflow') {
      return {
        ok: true,
        message: 'A workflow can’t be tried without posting: send a test event by it',
      };
    }
    const { displayName, userPrincipalName } = await this.graphOf(context).me();
    return { ok: true, message: `Signed in as ${displayName} (${userPrincipalName})` };
  }

  /** Those that who signed in is a member of. */
  @OptionsFor('teamId', { searchable: true })
  teams(context: OptionsContext<TeamsConnection>): Promise<OptionPage> {
    assertGraph(context.connection);
    return this.graphOf(context).teams(context);
  }

  @OptionsFor('channelId', { dependsOn: ['teamId'], searchable: true })
  channels(context: OptionsContext<TeamsConnection>): Promise<OptionPage> {
    assertGraph(context.connection);
    return this.graphOf(context).channels(context.values['teamId'] ?? '', context);
  }

  private async post(context: Context, card: AdaptiveCard): Promise<DeliveryOutcome> {
    const { config, thread } = context;
    const graph = this.graphOf(context);
    const first = thread?.externalId ? placeOf(thread.externalId) : null;
    if (first) {
      const response = await graph.post(first, card);
      // The message was deleted, or its channel is another by now: the thread is opened anew.
      if (response.status !== 404) return outcomeOf(response, first);
    }
    const { teamId, channelId } = config;
    if (teamId === undefined || channelId === undefined) {
      return rejected('The subscription names no team and channel, which Microsoft Graph needs');
    }
    const to = { teamId, channelId };
    const outcome = outcomeOf(await graph.post(to, card), to);
    return first && outcome.kind === 'delivered' ? { ...outcome, reopensThread: true } : outcome;
  }

  private graphOf({ http, oauth }: { http: HttpClient; oauth: OAuthTokens }): GraphApi {
    return new GraphApi(http, oauth, this.graphUrl);
  }

  private writerOf(config: TeamsConfig): TeamsCardWriter {
    let writer = this.writers.get(config);
    if (!writer) this.writers.set(config, (writer = new TeamsCardWriter(config)));
    return writer;
  }
}

/** A workflow's webhook takes a message with its card as an object. */
function messageOf(card: AdaptiveCard): object {
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: card,
      },
    ],
  };
}

/** Whoever has the signature can post: neither it nor the address below the host is shown, if repeated. */
function secretPartsOf(url: string): string[] {
  const { pathname, search, searchParams } = new URL(url);
  return [pathname + search, ...searchParams.values()].filter(({ length }) => length >= MIN_SECRET);
}

function outcomeOf(
  response: OutboundResponse,
  { teamId, channelId }: ChannelPlace,
): DeliveryOutcome {
  if (!response.ok) return graphFailure(response);
  const message = messageIn(response);
  if (!message) return retry('Microsoft Graph answered with a body that is not its own');
  const { id, webUrl } = message;
  return delivered({
    externalId: `${teamId}/${channelId}/${id}`,
    ...(webUrl && { externalUrl: webUrl }),
  });
}

function messageIn(response: OutboundResponse): z.output<typeof posted> | null {
  try {
    return posted.safeParse(response.json()).data ?? null;
  } catch {
    return null;
  }
}

function placeOf(externalId: string): MessagePlace | null {
  const [teamId, channelId, messageId] = externalId.split('/');
  return teamId && channelId && messageId ? { teamId, channelId, messageId } : null;
}

/** @throws Error that a form shows */
function assertGraph(connection: TeamsConnection): void {
  if (connection.method !== 'graph') {
    throw new Error('A workflow posts to its own channel: leave this empty');
  }
}
