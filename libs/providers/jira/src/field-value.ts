import { rejected } from '@nest-integrations/core';
import type { JiraEdition, RichText } from './jira-edition.js';
import { JiraError } from './jira-error.js';
import type { JiraField } from './jira-metadata.js';

interface Named {
  readonly [name: string]: string | Named;
}
type Single = string | number | Named;
export type FieldValue = RichText | Single | readonly Single[];

const RICH_SYSTEM_FIELDS = new Set(['description', 'environment']);

/**
 * A text as the value that a field takes, by the type in its schema. Lists are parted by commas.
 * @throws JiraError where it can't be
 */
export function fieldValue(text: string, field: JiraField, edition: JiraEdition): FieldValue {
  const { type, items, custom = '', system = '' } = field.schema;
  if (type === 'array') {
    const parts = text.split(',').map((part) => part.trim());
    const wanted = parts.filter((part) => part !== '');
    // Sprints are of the type `json`; each is known by its number.
    if (items === 'json') return wanted.map((part) => numberOf(part, field));
    return wanted.map((part) => single(part, items ?? 'string', { field, edition }));
  }
  const isRich = custom.endsWith(':textarea') || RICH_SYSTEM_FIELDS.has(system);
  if (type === 'string' && isRich) return edition.rich(text);
  return single(text, type, { field, edition });
}

function single(
  text: string,
  type: string,
  { field, edition }: { field: JiraField; edition: JiraEdition },
): Single {
  switch (type) {
    case 'string':
    case 'any':
    case 'team':
      return text;
    case 'number':
      return numberOf(text, field);
    case 'date':
      return dateOf(text, field).slice(0, 10);
    case 'datetime':
      return dateOf(text, field).replace('Z', '+0000');
    case 'option':
      return { value: text };
    case 'option-with-child':
      return cascade(text);
    case 'user':
      return edition.userBy(text);
    case 'issuelink':
    case 'project':
      return { key: text };
    case 'timetracking':
      return { originalEstimate: text };
    default:
      return /^\d+$/.test(text) ? { id: text } : { name: text };
  }
}

/** `Europe > Berlin` */
function cascade(text: string): Named {
  const [value = '', child] = text.split(/\s*>\s*/, 2);
  return child ? { value, child: { value: child } } : { value };
}

function numberOf(text: string, { name }: JiraField): number {
  const number = Number(text);
  if (Number.isFinite(number)) return number;
  throw new JiraError(rejected(`The field '${name}' takes a number, and its template gave none`));
}

function dateOf(text: string, { name }: JiraField): string {
  const at = Date.parse(text);
  if (!Number.isNaN(at)) return new Date(at).toISOString();
  throw new JiraError(rejected(`The field '${name}' takes a date, and its template gave none`));
}
