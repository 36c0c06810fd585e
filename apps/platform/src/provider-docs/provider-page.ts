import type { JsonSchema, RegisteredProvider } from '@nest-integrations/core';
import { fieldTables, type FieldRow } from './field-rows.js';

/** The page of one provider, made of what it declares of itself. */
export function providerPage(provider: RegisteredProvider): string {
  const { id, displayName, description, documentation, connection, configSchema } = provider;
  const { setupGuide = '', examplePayload, headers = [], link } = documentation ?? {};
  const traits = [
    ...(provider.hasThreads
      ? ['Deliveries of one thread key join what the first of them opened.']
      : []),
    ...(provider.signing === 'standard-webhooks'
      ? ['Each subscription has a signing secret that can be rotated.']
      : []),
  ];
  return [
    `# ${displayName}`,
    description,
    `Provider \`${id}\`, of the package [\`@nest-integrations/provider-${id}\`](../../libs/providers/${id}).`,
    traits.join(' '),
    setupGuide,
    ...(connection
      ? [
          '## Connection',
          connection.isOptional ? 'A subscription may do without one.' : null,
          fieldsOf(connection.jsonSchema),
        ]
      : []),
    '## Config of a subscription',
    fieldsOf(configSchema),
    ...(headers.length > 0 ? ['## Headers', headersTable(headers)] : []),
    ...(examplePayload === undefined ? [] : ['## What is sent', exampleOf(examplePayload)]),
    link === undefined ? null : `More: <${link}>`,
  ]
    .filter((part) => part !== null && part !== '')
    .join('\n\n')
    .concat('\n');
}

/** The list of all pages. */
export function providersIndex(providers: readonly RegisteredProvider[]): string {
  const rows = providers.map(
    ({ id, displayName, description }) =>
      `| [${displayName}](${id}.md) | ${cell(description ?? '')} |`,
  );
  return [
    '# Providers',
    ['| provider | does |', '| --- | --- |', ...rows].join('\n'),
    'None of them fits: [write your own in 40 lines](write-your-own.md).',
    'These pages are made by `npm run docs:providers` of what the providers declare of themselves.',
  ]
    .join('\n\n')
    .concat('\n');
}

function fieldsOf(schema: JsonSchema): string {
  const tables = fieldTables(schema).map(({ form, rows }) => {
    const table = [
      '| field | is | |',
      '| --- | --- | --- |',
      ...rows.map((row) => `| \`${row.path}\` | ${cell(kindOf(row))} | ${cell(row.description)} |`),
    ].join('\n');
    return form === null ? table : `With \`${form}\`:\n\n${table}`;
  });
  return tables.join('\n\n');
}

function kindOf({ type, isRequired, isSecret }: FieldRow): string {
  return [type, ...(isSecret ? ['secret'] : []), ...(isRequired ? ['**required**'] : [])].join(
    ', ',
  );
}

function headersTable(headers: readonly { name: string; description: string }[]): string {
  return [
    '| header | |',
    '| --- | --- |',
    ...headers.map(({ name, description }) => `| \`${name}\` | ${cell(description)} |`),
  ].join('\n');
}

function exampleOf(payload: unknown): string {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload, null, 2);
  return `\`\`\`${typeof payload === 'string' ? 'text' : 'json'}\n${text}\n\`\`\``;
}

/** What would end the cell is escaped. */
function cell(text: string): string {
  return text.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ');
}
