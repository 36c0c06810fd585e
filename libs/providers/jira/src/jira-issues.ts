import { rejected, type OutboundResponse } from '@nest-integrations/core';
import { z } from 'zod';
import { failureOf, isIssueGone } from './jira-answer.js';
import type { JiraApi } from './jira-api.js';
import type { RichText } from './jira-edition.js';
import { JiraError } from './jira-error.js';

/** The thing that is to be changed is there no longer, or is not to be seen. */
export const GONE = Symbol('gone');

const created = z.looseObject({ key: z.string() });
const commented = z.looseObject({ id: z.string() });
const found = z.looseObject({ issues: z.array(z.looseObject({ key: z.string() })) });
const commentPage = z.looseObject({
  comments: z.array(
    z.looseObject({
      id: z.string(),
      properties: z.array(z.looseObject({ key: z.string(), value: z.unknown() })).optional(),
    }),
  ),
});
const withTransitions = z.looseObject({
  fields: z.looseObject({ status: z.looseObject({ name: z.string() }) }),
  transitions: z.array(
    z.looseObject({ id: z.string(), name: z.string(), to: z.looseObject({ name: z.string() }) }),
  ),
});

/** Known on comments alone: https://developer.atlassian.com/cloud/jira/platform/jira-entity-properties/ */
const DELIVERY_PROPERTY = 'nest-integrations.delivery';
const COMMENTS_LOOKED_AT = 100;

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
  async labelled(label: string): Promise<string | null> {
    const query = new URLSearchParams({
      jql: `labels = "${label}" ORDER BY created ASC`,
      maxResults: '1',
      fields: 'key',
    });
    const { issues } = await this.api.ask(this.api.edition.searchPath(query), found);
    return issues[0]?.key ?? null;
  }

  /** The new comment's id. It carries the delivery, for `commentOf` to find. */
  async comment(
    key: string,
    { body, deliveryId }: { body: RichText; deliveryId: string },
  ): Promise<string | typeof GONE> {
    const properties = [{ key: DELIVERY_PROPERTY, value: { id: deliveryId } }];
    const response = await this.api.send('POST', `${pathOf(key)}/comment`, { body, properties });
    if (isIssueGone(response)) return GONE;
    return this.api.read(response, commented).id;
  }

  /** The id of the comment that a delivery made, among the latest ones; read from the truth, no index. */
  async commentOf(key: string, deliveryId: string): Promise<string | null> {
    const path = `${pathOf(key)}/comment?orderBy=-created&maxResults=${COMMENTS_LOOKED_AT}&expand=properties`;
    const response = await this.api.get(path);
    if (isIssueGone(response)) return null;
    const { comments } = this.api.read(response, commentPage);
    const own = comments.find(({ properties = [] }) =>
      properties.some(
        (property) =>
          property.key === DELIVERY_PROPERTY &&
          z.looseObject({ id: z.literal(deliveryId) }).safeParse(property.value).success,
      ),
    );
    return own?.id ?? null;
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
