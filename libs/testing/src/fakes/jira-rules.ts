/** What a field of the fake Jira takes: https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/ */
export interface FakeField {
  readonly fieldId: string;
  readonly name: string;
  readonly required: boolean;
  readonly schema: {
    readonly type: string;
    readonly items?: string;
    readonly system?: string;
    readonly custom?: string;
  };
  readonly allowedValues?: readonly { id: string; name?: string; value?: string }[];
}

export type FakeEdition = 'cloud' | 'data-center';

const MAX_TEXT = 32_767;
const CUSTOM = 'com.atlassian.jira.plugin.system.customfieldtypes';
const system = (name: string, type: string) => ({ type, system: name });

export const FAKE_FIELDS: readonly FakeField[] = [
  { fieldId: 'summary', name: 'Summary', required: true, schema: system('summary', 'string') },
  { fieldId: 'project', name: 'Project', required: true, schema: system('project', 'project') },
  {
    fieldId: 'issuetype',
    name: 'Issue Type',
    required: true,
    schema: system('issuetype', 'issuetype'),
  },
  {
    fieldId: 'description',
    name: 'Description',
    required: false,
    schema: system('description', 'string'),
  },
  {
    fieldId: 'labels',
    name: 'Labels',
    required: false,
    schema: { type: 'array', items: 'string', system: 'labels' },
  },
  {
    fieldId: 'priority',
    name: 'Priority',
    required: false,
    schema: system('priority', 'priority'),
    allowedValues: [
      { id: '1', name: 'Highest' },
      { id: '3', name: 'Medium' },
    ],
  },
  {
    fieldId: 'customfield_10010',
    name: 'Story Points',
    required: false,
    schema: { type: 'number', custom: `${CUSTOM}:float` },
  },
  {
    fieldId: 'customfield_10011',
    name: 'Severity',
    required: true,
    schema: { type: 'option', custom: `${CUSTOM}:select` },
    allowedValues: [
      { id: '10100', value: 'CRITICAL' },
      { id: '10101', value: 'MINOR' },
    ],
  },
  {
    fieldId: 'customfield_10012',
    name: 'Impact',
    required: false,
    schema: { type: 'string', custom: `${CUSTOM}:textarea` },
  },
  {
    fieldId: 'customfield_10013',
    name: 'Since',
    required: false,
    schema: { type: 'datetime', custom: `${CUSTOM}:datetime` },
  },
  {
    fieldId: 'customfield_10014',
    name: 'Regions',
    required: false,
    schema: { type: 'array', items: 'option', custom: `${CUSTOM}:multiselect` },
    allowedValues: [
      { id: '10200', value: 'EU' },
      { id: '10201', value: 'US' },
    ],
  },
];

/** Jira's own words for what is wrong with a value; null: nothing. */
export function fieldProblem(
  field: FakeField,
  value: unknown,
  edition: FakeEdition,
): string | null {
  const { type, custom = '', system: systemName } = field.schema;
  if (systemName === 'description' || custom.endsWith(':textarea')) {
    return richTextProblem(value, edition);
  }
  switch (type) {
    case 'string':
      return stringProblem(field, value);
    case 'number':
      return typeof value === 'number' ? null : 'Operation value must be a number';
    case 'datetime':
      return typeof value === 'string' && /^[\d-]+T[\d:.]+[+-]\d{4}$/.test(value)
        ? null
        : "Operation value must be a string date in the format 'YYYY-MM-DDThh:mm:ss.sTZD'";
    case 'array':
      return arrayProblem(field, value);
    default:
      return allowedProblem(field, value);
  }
}

/** Of a description, a comment, a text area. */
export function richTextProblem(value: unknown, edition: FakeEdition): string | null {
  if (edition === 'data-center') {
    if (typeof value !== 'string') return 'Operation value must be a string';
    return value.length > MAX_TEXT ? tooLong(MAX_TEXT) : null;
  }
  if (!isAdf(value)) {
    return 'Operation value must be an Atlassian Document (see the Atlassian Document Format)';
  }
  return JSON.stringify(value).length > MAX_TEXT ? tooLong(MAX_TEXT) : null;
}

function stringProblem({ fieldId }: FakeField, value: unknown): string | null {
  if (typeof value !== 'string') return 'Operation value must be a string';
  if (fieldId !== 'summary') return null;
  if (value.trim() === '') return 'You must specify a summary of the issue.';
  if (/[\r\n]/.test(value)) return 'The summary is invalid because it contains newline characters.';
  return value.length > 255 ? 'Summary must be less than 255 characters.' : null;
}

function arrayProblem(field: FakeField, value: unknown): string | null {
  if (!Array.isArray(value)) return 'data was not an array';
  if (field.schema.items === 'string') {
    const wrong = value.find((label) => typeof label !== 'string' || /\s/.test(label));
    return wrong === undefined
      ? null
      : `The label '${String(wrong)}' contains spaces which is invalid.`;
  }
  return value.map((item) => allowedProblem(field, item)).find((problem) => problem) ?? null;
}

function allowedProblem({ allowedValues, name }: FakeField, value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return 'data was not an object';
  if (!allowedValues) return null;
  const isAllowed = allowedValues.some((allowed) =>
    Object.entries(value).every(([key, given]) => Reflect.get(allowed, key) === given),
  );
  return isAllowed ? null : `Specify a valid value for ${name}`;
}

function tooLong(max: number): string {
  return `The entered text is too long. It exceeds the allowed limit of ${max.toLocaleString('en-US')} characters.`;
}

/** The nodes that plain text needs, each as its schema has it. */
function isAdf(value: unknown): boolean {
  if (!isRecord(value) || value['type'] !== 'doc' || value['version'] !== 1) return false;
  return contentIs(value, (node) => {
    if (node['type'] === 'paragraph') return contentIs(node, isInline);
    return node['type'] === 'codeBlock' && contentIs(node, isText);
  });
}

function isInline(node: Readonly<Record<string, unknown>>): boolean {
  return isText(node) || node['type'] === 'hardBreak';
}

function isText({ type, text }: Readonly<Record<string, unknown>>): boolean {
  return type === 'text' && typeof text === 'string' && text !== '';
}

function contentIs(
  { content }: Readonly<Record<string, unknown>>,
  isFitting: (node: Readonly<Record<string, unknown>>) => boolean,
): boolean {
  return Array.isArray(content) && content.every((node) => isRecord(node) && isFitting(node));
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
