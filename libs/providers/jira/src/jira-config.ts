import { EVENT_PATTERN_FORM, secret, ui } from '@nest-integrations/common';
import { z } from 'zod';

const siteUrl = z
  .url({ protocol: /^https?$/, error: 'must be an absolute http or https URL' })
  .max(2_048)
  .refine((url) => !/[?#@]/.test(url), 'must be the site alone, without credentials or query');

const token = (title: string, from: string) =>
  ui(secret(z.string().regex(/^[\x21-\x7e]{1,2000}$/, 'must be the token alone')).describe(from), {
    title,
  });

/** A Jira site. Version 1. */
export const jiraConnection = z.discriminatedUnion('edition', [
  z.strictObject({
    edition: z.literal('cloud'),
    baseUrl: ui(
      siteUrl.describe(
        'With a token that has scopes: https://api.atlassian.com/ex/jira/ and the id of the site.',
      ),
      { title: 'Base URL', placeholder: 'https://acme.atlassian.net', destination: 'url' },
    ),
    email: ui(z.email('must be the e-mail address of an Atlassian account'), {
      title: 'E-mail',
      placeholder: 'integrations@acme.example',
    }),
    apiToken: token('API token', 'Of that account, from id.atlassian.com.'),
    browseUrl: ui(
      siteUrl.optional().describe('Where people open issues, if that is not the base URL.'),
      { title: 'Browse URL', placeholder: 'https://acme.atlassian.net' },
    ),
  }),
  z.strictObject({
    edition: z.literal('data-center'),
    baseUrl: ui(siteUrl.describe('With its context path, if it has one.'), {
      title: 'Base URL',
      placeholder: 'https://jira.example.com',
      destination: 'url',
    }),
    personalAccessToken: token('Personal access token', 'From the profile of the account.'),
    browseUrl: ui(
      siteUrl.optional().describe('Where people open issues, if that is not the base URL.'),
      { title: 'Browse URL', placeholder: 'https://jira.example.com' },
    ),
  }),
]);

export type JiraConnection = z.output<typeof jiraConnection>;

const template = (max: number, what: string) => z.string().min(1).max(max).describe(what);
const id = (what: string) =>
  z.string().regex(/^\d{1,20}$/, `must be the id of ${what}, like 10001`);

/** Fields that the config has places of their own for. */
export const PLACED_FIELDS = new Set(['project', 'issuetype', 'summary', 'description', 'labels']);

/** What becomes of an event. Version 1. */
export const jiraConfig = z.strictObject({
  projectKey: ui(
    z.string().regex(/^[A-Z][A-Z0-9_]{1,254}$/, 'must be the key of a project, like OPS'),
    { title: 'Project' },
  ),
  issueTypeId: ui(id('an issue type'), { title: 'Issue type' }),
  summary: ui(template(1_000, 'One line.').default('{{ event.type }}'), {
    title: 'Summary',
    template: 'text',
  }),
  description: ui(template(20_000, 'Plain text. Left out: the payload.').optional(), {
    title: 'Description',
    multiline: true,
    template: 'text',
  }),
  priorityId: ui(id('a priority').optional(), { title: 'Priority' }),
  labels: ui(
    z
      .array(z.string().regex(/^\S{1,255}$/, 'must be a word without spaces'))
      .max(20)
      .default([]),
    { title: 'Labels' },
  ),
  fields: ui(
    z
      .array(
        z.strictObject({
          fieldId: ui(
            z
              .string()
              .regex(/^(customfield_\d{1,10}|[a-z][A-Za-z]{1,50})$/, 'must be the id of a field')
              .refine((field) => !PLACED_FIELDS.has(field), 'has a place of its own in this form'),
            { title: 'Field' },
          ),
          value: ui(
            template(
              2_000,
              'Its text is turned into what the field takes; several values are parted by commas. Where it comes to nothing, the field is left out.',
            ),
            { title: 'Value', template: 'text' },
          ),
        }),
      )
      .max(50)
      .refine(
        (fields) => new Set(fields.map(({ fieldId }) => fieldId)).size === fields.length,
        'must name each field once',
      )
      .default([]),
    { title: 'Other fields' },
  ),
  thread: ui(
    z
      .enum(['comment', 'update', 'leave'])
      .default('comment')
      .describe(
        'What later events of a thread do with its issue: comment on it, write its summary, description and fields anew, or neither. Transitions are made in any case.',
      ),
    { title: 'Later events' },
  ),
  comment: ui(
    template(
      20_000,
      'Plain text. Left out: the type of the event and its payload. Where it comes to nothing, no comment is made.',
    ).optional(),
    { title: 'Comment', multiline: true, template: 'text', showWhen: { thread: ['comment'] } },
  ),
  transitions: ui(
    z
      .array(
        z.strictObject({
          eventType: ui(
            z
              .string()
              .max(200)
              .regex(EVENT_PATTERN_FORM, 'must be an event type, like incident.resolved'),
            { title: 'Event type', placeholder: 'incident.resolved' },
          ),
          to: ui(
            z
              .string()
              .regex(/^\S(.{0,98}\S)?$/, 'must be the name of a status, like Done')
              .describe('The status to bring the issue to, or the name of a transition.'),
            { title: 'Status' },
          ),
        }),
      )
      .max(50)
      .default([])
      .describe('Made by later events of a thread; the first that fits the event counts.'),
    { title: 'Transitions' },
  ),
  deduplicate: ui(
    z
      .enum(['by-label', 'never'])
      .default('by-label')
      .describe(
        'By label: an issue is labelled with its event and subscription, and looked for by that before a repeated attempt makes another.',
      ),
    { title: 'Repeated attempts' },
  ),
});

export type JiraConfig = z.output<typeof jiraConfig>;
