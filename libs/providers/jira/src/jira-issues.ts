import { rejected, type OutboundResponse } from '@nest-integrations/core';
import { z } from 'zod';
import { failureOf, isIssueGone } from './jira-answer.js';
import type { JiraApi } from './jira-api.js';
import type { RichText } from './jira-edition.js';
import { JiraError } from './jira-error.js';
import type { IssuePlace } from './jira-metadata.js';

/** The thing that is to be changed is there no longer, or is not to be seen. */
export const GONE = Symbol('gone');

const created = z.looseObject({ key: z.string() });
const commented = z.looseObject({ id: z.string() });
const found = z.looseObject({ issues: z.array(z.looseObject({ key: z.string() })) });
const commentPage = z.looseObject({
  comments: z.array(
    z.looseObject({ id: z.string(), properties: z.array(z.unknown()).default([]) }),
  ),
});
const withTransitions = z.looseObject({
  fields: z.looseObject({ status: z.looseObject({ name: z.string() }) }),
  transitions: z.array(
    z.looseObject({ id: z.string(), name: z.string(), to: z.looseObject({ name: z.string() }) }),
  ),
});

/** Known on comments alone: https://developer.atlassian.com/cloud/jira/platform/jira-entity-properties/ */
const ORIGIN_PROPERTY = 'nest-integrations.origin';
const COMMENTS_LOOKED_AT = 100;

/** What a comment was made for. */
export interface CommentOrigin {
  readonly eventId: string;
  readonly subscriptionId: string;
}

/** Issues of a site, and what is done with them. Each method throws JiraError where Jira refuses. */
export class JiraIssues {
  constructor(private readonly api: JiraApi) {}

  /** The new issue's key. */
  async create(fields: object): Promise<string> {
    const response = await this.api.send('POST', '/issue', { fields });
    return this.api.read(response, created).key;
  }

  async update(key: string, fields: object): Promise<typeof GONE | 'updated'> {
    return this.changed(await this.api.send('PUT', pathOf(key), { fields })) ?? 'updated';
  }

  /** Its key; null: none is found. Jira's search lags behind: one made a moment ago may be missed. */
  async labelled(label: string, { projectKey, issueTypeId }: IssuePlace): Promise<string | null> {
    const query = new URLSearchParams({
      jql: `project = "${projectKey}" AND issuetype = ${issueTypeId} AND labels = "${label}" ORDER BY created ASC`,
      maxResults: '1',
      fields: 'key',
    });
    const { issues } = await this.api.ask(this.api.edition.searchPath(query), found);
    return issues[0]?.key ?? null;
  }

  /** The new comment's id. It carries its origin, for `commentOf` to find. */
  async comment(
    key: string,
    { body, origin }: { body: RichText; origin: CommentOrigin },
  ): Promise<string | typeof GONE> {
    const properties = [{ key: ORIGIN_PROPERTY, value: origin }];
    const response = await this.api.send('POST', `${pathOf(key)}/comment`, { body, properties });
    if (isIssueGone(response)) return GONE;
    return this.api.read(response, commented).id;
  }

  /** The id of the comment of that origin, among the latest ones; read from the truth, no index. */
  async commentOf(key: string, origin: CommentOrigin): Promise<string | null> {
    const path = `${pathOf(key)}/comment?orderBy=-created&maxResults=${COMMENTS_LOOKED_AT}&expand=properties`;
    const response = await this.api.get(path);
    if (isIssueGone(response)) return null;
    const own = z.looseObject({
      key: z.literal(ORIGIN_PROPERTY),
      value: z.looseObject({
        eventId: z.literal(origin.eventId),
        subscriptionId: z.literal(origin.subscriptionId),
      }),
    });
    const { comments } = this.api.read(response, commentPage);
    const comment = comments.find(({ properties }) =>
      properties.some((property) => own.safeParse(property).success),
    );
    return comment?.id ?? null;
  }

  /** Brings an issue to a status, or makes the transition of that name; nothing where it is there. */
  async transition(key: string, to: string): Promise<typeof GONE | 'made' | 'not needed'> {
    const response = await this.api.get(`${pathOf(key)}?fields=status&expand=transitions`);
    if (isIssueGone(response)) return GONE;
    const { fields, transitions } = this.api.read(response, withTransitions);
    const status = fields.status.name;
    if (isSame(status, to)) return 'not needed';
    const wanted =
      transitions.find((transition) => isSame(transition.to.name, to)) ??
      transitions.find((transition) => isSame(transition.name, to));
    if (!wanted) {
      const ways = transitions.map(({ name, to: { name: end } }) => `'${name}' to '${end}'`);
      throw new JiraError(
        rejected(
          `${key} is in the status '${status}', from which the account can make no transition to '${to}'; there are ${ways.join(', ') || 'none'}`,
        ),
      );
    }
    return (
      this.changed(
        await this.api.send('POST', `${pathOf(key)}/transitions`, {
          transition: { id: wanted.id },
        }),
      ) ?? 'made'
    );
  }

  private changed(response: OutboundResponse): typeof GONE | null {
    if (response.ok) return null;
    if (isIssueGone(response)) return GONE;
    throw new JiraError(failureOf(response));
  }
}

function pathOf(key: string): string {
  return `/issue/${encodeURIComponent(key)}`;
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
