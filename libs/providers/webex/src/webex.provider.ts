import {
  delivered,
  IntegrationProvider,
  OptionsFor,
  versioned,
  type ConnectionContext,
  type ConnectionTest,
  type DeliveryContext,
  type DeliveryOutcome,
  type DeliveryProvider,
  type Option,
  type OptionPage,
  type OptionsContext,
  type OutboundResponse,
} from '@nest-integrations/core';
import { Inject, Optional } from '@nestjs/common';
import { z } from 'zod';
import {
  bodyOf,
  failureOf,
  isEditRefused,
  isParentGone,
  nextQuery,
  WebexApi,
} from './webex-api.js';
import {
  webexConfig,
  webexConnection,
  type WebexConfig,
  type WebexConnection,
} from './webex-config.js';
import { webexDocumentation } from './webex-documentation.js';
import { WebexMessageWriter } from './webex-message.js';

type Context = DeliveryContext<WebexConfig, WebexConnection>;

/** Token of the REST API's address. Default `https://webexapis.com/v1`. */
export const WEBEX_API_URL = 'nest-integrations:webex-api-url';

const posted = z.looseObject({ id: z.string(), roomId: z.string() });
const person = z.looseObject({ displayName: z.string() });
const rooms = z.looseObject({
  items: z.array(z.looseObject({ id: z.string(), title: z.string(), type: z.string().optional() })),
});

const FIRST_PAGE = new URLSearchParams({ max: '100', sortBy: 'lastactivity' }).toString();
/** Webex can't search spaces by title: so many pages are looked through for what was typed. */
const PAGES_SEARCHED = 10;

/** Posts events as messages of a bot. */
@IntegrationProvider({
  id: 'webex',
  displayName: 'Webex',
  description: 'Posts each event to a space; events of one thread become replies.',
  icon: 'webex',
  threads: true,
  config: versioned(1, webexConfig),
  connection: versioned(1, webexConnection),
  documentation: webexDocumentation,
})
export class WebexProvider implements DeliveryProvider<WebexConfig, WebexConnection> {
  private readonly writers = new WeakMap<WebexConfig, WebexMessageWriter>();

  constructor(
    @Optional() @Inject(WEBEX_API_URL) private readonly apiUrl: string = 'https://webexapis.com/v1',
  ) {}

  async deliver(context: Context): Promise<DeliveryOutcome> {
    const { config, connection, http, thread } = context;
    const markdown = this.writerOf(config).write(context);
    const api = new WebexApi(http, this.apiUrl, connection.token);
    const message = { roomId: config.roomId, markdown };
    const first = thread?.externalId ?? null;
    if (first === null) return outcomeOf(await api.post(message));
    const joined = await this.join(api, { first, message, config });
    if (!isParentGone(joined)) return outcomeOf(joined);
    const outcome = outcomeOf(await api.post(message));
    return outcome.kind === 'delivered' ? { ...outcome, reopensThread: true } : outcome;
  }

  async testConnection({
    connection,
    http,
  }: ConnectionContext<WebexConnection>): Promise<ConnectionTest> {
    const response = await new WebexApi(http, this.apiUrl, connection.token).ask('people/me');
    return { ok: true, message: `Signed in as ${person.parse(bodyOf(response)).displayName}` };
  }

  /** The spaces that the bot is in, the latest first. */
  @OptionsFor('roomId', { searchable: true })
  async spaces(context: OptionsContext<WebexConnection>): Promise<OptionPage> {
    const { connection, http, search } = context;
    const api = new WebexApi(http, this.apiUrl, connection.token);
    const wanted = search.toLowerCase();
    const options: Option[] = [];
    let query: string | null = context.cursor ?? FIRST_PAGE;
    for (let page = 0; query !== null && page < (wanted === '' ? 1 : PAGES_SEARCHED); page++) {
      const response: OutboundResponse = await api.ask(`rooms?${query}`);
      for (const { id, title, type } of rooms.parse(bodyOf(response)).items) {
        if (!title.toLowerCase().includes(wanted)) continue;
        options.push({
          value: id,
          label: title,
          ...(type === 'direct' && { description: 'Between two people' }),
        });
      }
      query = nextQuery(response);
    }
    return query === null ? { options } : { options, nextCursor: query };
  }

  private async join(
    api: WebexApi,
    {
      first,
      message,
      config,
    }: {
      readonly first: string;
      readonly message: { roomId: string; markdown: string };
      readonly config: WebexConfig;
    },
  ): Promise<OutboundResponse> {
    if (config.thread === 'update') {
      const edited = await api.edit(first, message);
      if (!isEditRefused(edited)) return edited;
    }
    return api.post({ ...message, parentId: first });
  }

  private writerOf(config: WebexConfig): WebexMessageWriter {
    let writer = this.writers.get(config);
    if (!writer) this.writers.set(config, (writer = new WebexMessageWriter(config)));
    return writer;
  }
}

function outcomeOf(response: OutboundResponse): DeliveryOutcome {
  const message = response.ok ? posted.safeParse(bodyOf(response)).data : undefined;
  return message ? delivered({ externalId: message.id }) : failureOf(response);
}
