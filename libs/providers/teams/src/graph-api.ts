import type {
  HttpClient,
  OAuthTokens,
  Option,
  OptionPage,
  OutboundResponse,
} from '@nest-integrations/core';
import { z } from 'zod';
import type { AdaptiveCard } from './teams-card.js';
import { graphError } from './teams-answers.js';

export interface ChannelPlace {
  readonly teamId: string;
  readonly channelId: string;
}

/** A message in a channel: replies go to it. */
export interface MessagePlace extends ChannelPlace {
  readonly messageId: string;
}

const listed = z.looseObject({
  value: z.array(
    z.looseObject({
      id: z.string(),
      displayName: z.string(),
      description: z.string().nullish(),
      membershipType: z.string().optional(),
    }),
  ),
  '@odata.nextLink': z.string().optional(),
});
const person = z.looseObject({ displayName: z.string(), userPrincipalName: z.string() });

/** Graph can't search them all alike: so many pages are looked through for what was typed. */
const PAGES_SEARCHED = 10;

/** Microsoft Graph, for whoever signed in. https://learn.microsoft.com/graph/api/chatmessage-post */
export class GraphApi {
  constructor(
    private readonly http: HttpClient,
    private readonly oauth: OAuthTokens,
    /** With its version: `https://graph.microsoft.com/v1.0`. */
    private readonly url: string,
  ) {}

  post(to: ChannelPlace | MessagePlace, card: AdaptiveCard): Promise<OutboundResponse> {
    const channel = `${this.url}/teams/${part(to.teamId)}/channels/${part(to.channelId)}`;
    const url =
      'messageId' in to
        ? `${channel}/messages/${part(to.messageId)}/replies`
        : `${channel}/messages`;
    const attachment = {
      id: 'card',
      contentType: 'application/vnd.microsoft.card.adaptive',
      contentUrl: null,
      content: JSON.stringify(card),
    };
    const json = {
      body: { contentType: 'html', content: '<attachment id="card"></attachment>' },
      attachments: [attachment],
    };
    return this.oauth.send((token) => this.http.post(url, { json, headers: bearer(token) }));
  }

  /** Who signed in. @throws Error with what Graph said */
  async me(): Promise<z.output<typeof person>> {
    return person.parse(await this.ask(`${this.url}/me?$select=displayName,userPrincipalName`));
  }

  teams(asked: { search: string; cursor?: string }): Promise<OptionPage> {
    return this.list('/me/joinedTeams', asked);
  }

  channels(teamId: string, asked: { search: string; cursor?: string }): Promise<OptionPage> {
    return this.list(`/teams/${part(teamId)}/channels`, asked);
  }

  private async list(
    path: string,
    { search, cursor }: { search: string; cursor?: string },
  ): Promise<OptionPage> {
    const wanted = search.trim().toLowerCase();
    const options: Option[] = [];
    let url = cursor === undefined ? this.url + path : this.page(cursor);
    for (let page = 0; page < (wanted === '' ? 1 : PAGES_SEARCHED); page++) {
      const { value, '@odata.nextLink': next } = listed.parse(await this.ask(url));
      options.push(...value.filter(isNamed(wanted)).map(toOption));
      if (next === undefined) return { options };
      url = this.page(next);
    }
    return { options, nextCursor: url };
  }

  /** A link to more leads nowhere but to Graph: the token goes with it. */
  private page(link: string): string {
    if (URL.canParse(link) && new URL(link).href.startsWith(`${this.url}/`)) return link;
    throw new Error('The cursor is none that an earlier page gave');
  }

  private async ask(url: string): Promise<unknown> {
    const response = await this.oauth.send((token) =>
      this.http.get(url, { headers: bearer(token), record: false }),
    );
    if (!response.ok) throw graphError(response);
    return response.json();
  }
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

function part(text: string): string {
  return encodeURIComponent(text);
}

function isNamed(wanted: string): (item: { displayName: string }) => boolean {
  return ({ displayName }) => displayName.toLowerCase().includes(wanted);
}

function toOption(item: z.output<typeof listed>['value'][number]): Option {
  const { id, displayName, description, membershipType } = item;
  const isClosed = membershipType !== undefined && membershipType !== 'standard';
  return {
    value: id,
    label: isClosed ? `🔒 ${displayName}` : displayName,
    ...(description && { description }),
  };
}
