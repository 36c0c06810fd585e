import { z } from 'zod';
import type { JiraApi } from './jira-api.js';

const allowedValue = z.looseObject({
  id: z.string().optional(),
  name: z.string().optional(),
  value: z.string().optional(),
});
const field = z.looseObject({
  fieldId: z.string(),
  name: z.string(),
  required: z.boolean().default(false),
  schema: z.looseObject({
    type: z.string(),
    items: z.string().optional(),
    system: z.string().optional(),
    custom: z.string().optional(),
  }),
  allowedValues: z.array(allowedValue).optional(),
});
const issueType = z.looseObject({
  id: z.string(),
  name: z.string(),
  description: z.string().optional(),
  subtask: z.boolean().optional(),
});

/** A field as the metadata for creating an issue describes it. */
export type JiraField = z.output<typeof field>;
export type JiraIssueType = z.output<typeof issueType>;

/** Where an issue is made. */
export interface IssuePlace {
  readonly projectKey: string;
  readonly issueTypeId: string;
}

const A_PAGE = 100;
const MAX_PAGES = 20;

export function issueTypesOf(api: JiraApi, projectKey: string): Promise<JiraIssueType[]> {
  return allPages(api, `/issue/createmeta/${encodeURIComponent(projectKey)}/issuetypes`, issueType);
}

export function fieldsOf(api: JiraApi, { projectKey, issueTypeId }: IssuePlace) {
  const project = encodeURIComponent(projectKey);
  return allPages(api, `/issue/createmeta/${project}/issuetypes/${issueTypeId}`, field);
}

/** Cloud names the list of a page by what is in it, Data Center calls it `values`. */
async function allPages<Item extends z.ZodType>(
  api: JiraApi,
  path: string,
  item: Item,
): Promise<z.output<Item>[]> {
  const list = z.array(item).optional();
  const form = z.looseObject({ total: z.number(), values: list, fields: list, issueTypes: list });
  const items: z.output<Item>[] = [];
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await api.ask(`${path}?startAt=${items.length}&maxResults=${A_PAGE}`, form);
    const found = answer.values ?? answer.fields ?? answer.issueTypes ?? [];
    items.push(...found);
    if (found.length === 0 || items.length >= answer.total) break;
  }
  return items;
}
