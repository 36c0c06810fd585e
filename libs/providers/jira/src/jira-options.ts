import type { Option, OptionPage } from '@nest-integrations/core';
import { z } from 'zod';
import type { JiraApi } from './jira-api.js';
import { PLACED_FIELDS } from './jira-config.js';
import { fieldsOf, issueTypesOf, type IssuePlace, type JiraField } from './jira-metadata.js';

const project = z.looseObject({ key: z.string(), name: z.string() });
const projectPage = z.looseObject({
  startAt: z.number(),
  isLast: z.boolean(),
  values: z.array(project),
});
const statusesByType = z.array(
  z.looseObject({ id: z.string(), statuses: z.array(z.looseObject({ name: z.string() })) }),
);

const A_PAGE = 50;
const MAX_DESCRIPTION = 200;

/** By the page on Cloud. Data Center answers all at once. */
export async function projectOptions(
  api: JiraApi,
  { search, cursor }: { search: string; cursor?: string },
): Promise<OptionPage> {
  const startAt = Number(cursor ?? 0);
  const { isLast, values } = await (api.edition.pagesProjects
    ? api.ask(
        `/project/search?${new URLSearchParams({
          startAt: String(startAt),
          maxResults: String(A_PAGE),
          orderBy: 'name',
          action: 'create',
          ...(search !== '' && { query: search }),
        })}`,
        projectPage,
      )
    : sliceOf(await api.ask('/project', z.array(project)), { search, startAt }));
  const options = values.map(({ key, name }) => ({ value: key, label: `${name} (${key})` }));
  return isLast ? { options } : { options, nextCursor: String(startAt + values.length) };
}

export async function issueTypeOptions(api: JiraApi, projectKey: string): Promise<Option[]> {
  return (await issueTypesOf(api, projectKey)).map(({ id, name, subtask, description }) => {
    const shown = subtask ? 'A sub-task: give its parent among the other fields' : description;
    return { value: id, label: name, ...described(shown) };
  });
}

/** Those of the project's own scheme. */
export async function priorityOptions(api: JiraApi, place: IssuePlace): Promise<Option[]> {
  const fields = await fieldsOf(api, place);
  const priority = fields.find(({ fieldId }) => fieldId === 'priority');
  return (priority?.allowedValues ?? []).flatMap(({ id, name }) =>
    id === undefined ? [] : [{ value: id, label: name ?? id }],
  );
}

/** Those that must be given first. */
export async function fieldOptions(api: JiraApi, place: IssuePlace): Promise<Option[]> {
  const fields = (await fieldsOf(api, place)).filter(({ fieldId }) => !PLACED_FIELDS.has(fieldId));
  return fields
    .toSorted((a, b) => Number(b.required) - Number(a.required))
    .map((field) => ({
      value: field.fieldId,
      label: field.required ? `${field.name} *` : field.name,
      ...described(kindOf(field)),
    }));
}

/** Names of the statuses that an issue of the type can have. */
export async function statusOptions(
  api: JiraApi,
  { projectKey, issueTypeId }: IssuePlace,
): Promise<Option[]> {
  const types = await api.ask(
    `/project/${encodeURIComponent(projectKey)}/statuses`,
    statusesByType,
  );
  const statuses = types.find(({ id }) => id === issueTypeId)?.statuses ?? [];
  return statuses.map(({ name }) => ({ value: name, label: name }));
}

/** `array of option: EU, US` */
function kindOf({ schema: { type, items }, allowedValues = [] }: JiraField): string {
  const kind = items === undefined ? type : `${type} of ${items}`;
  const values = allowedValues.map(({ value, name, id }) => value ?? name ?? id ?? '');
  return values.length === 0 ? kind : `${kind}: ${values.join(', ')}`;
}

function described(text: string | undefined): { description?: string } {
  return text ? { description: text.slice(0, MAX_DESCRIPTION) } : {};
}

function sliceOf(
  projects: readonly z.output<typeof project>[],
  { search, startAt }: { search: string; startAt: number },
) {
  const wanted = search.toLowerCase();
  const fitting = projects.filter(({ key, name }) =>
    `${key} ${name}`.toLowerCase().includes(wanted),
  );
  return {
    values: fitting.slice(startAt, startAt + A_PAGE),
    isLast: startAt + A_PAGE >= fitting.length,
  };
}
