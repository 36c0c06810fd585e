import { TemplateError } from '../integration.error.js';
import type { SchemaProperty } from '../schema/property-list.js';
import { Template, type TemplateScope, type TemplateVariable } from './template.js';
import type { TemplateTarget } from './template-target.js';

/** What a template is judged by when it is saved. */
export interface TemplateExpectations {
  readonly target: TemplateTarget;
  /** Of every event type that it may meet; a path of any of them is known. */
  readonly properties: readonly SchemaProperty[];
  /** Rendered as a trial, one an event type. */
  readonly samples: readonly TemplateScope[];
}

const OTHER_PATHS = [
  'event.id',
  'event.type',
  'event.timestamp',
  'subscription.id',
  'subscription.name',
];
/** What Liquid knows of every list and text. */
const BUILT_IN = new Set(['size', 'first', 'last']);

const NO_VALUES: TemplateScope = {
  payload: {},
  event: { id: '', type: '', timestamp: '' },
  subscription: { id: '', name: '' },
};

/** All that is wrong with a template, each as the end of a sentence: "does not …", "is not …". */
export function templateProblems(source: string, expected: TemplateExpectations): string[] {
  let template: Template;
  try {
    template = Template.compile(source, expected.target);
  } catch (error) {
    return [problemOf(error)];
  }
  const unknown = template
    .variables()
    .filter((variable) => !isKnown(variable, expected.properties))
    .map((variable) => unknownProblem(variable, expected.properties));
  if (unknown.length > 0) return [...new Set(unknown)];
  if (expected.samples.length === 0 && !source.includes('{%')) {
    return withoutValues(template);
  }
  const failed = expected.samples.flatMap((sample) => trialProblem(template, sample));
  return [...new Set(failed)];
}

/** Without tags the form is the same for every event: it can be judged without an example. */
function withoutValues(template: Template): string[] {
  try {
    template.render(NO_VALUES);
    return [];
  } catch (error) {
    return [problemOf(error)];
  }
}

function trialProblem(template: Template, sample: TemplateScope): string[] {
  try {
    template.render(sample);
    return [];
  } catch (error) {
    return [`${problemOf(error)} (tried with an example of ${sample.event.type})`];
  }
}

function problemOf(error: unknown): string {
  if (error instanceof TemplateError) return error.problem;
  throw error;
}

function isKnown({ segments }: TemplateVariable, properties: readonly SchemaProperty[]): boolean {
  const [root, ...rest] = segments;
  if (root !== 'payload') return OTHER_PATHS.includes(segments.join('.'));
  let paths = ['payload'];
  for (const [index, segment] of rest.entries()) {
    const next = paths.flatMap((path) => stepsFrom(path, segment));
    const here = next.filter((path) => properties.some((p) => reaches(p, path)));
    if (here.length === 0) {
      const isLast = index === rest.length - 1;
      const above = properties.filter(({ path }) => paths.includes(path));
      return (isLast && BUILT_IN.has(String(segment))) || above.some(isOpen);
    }
    paths = here;
  }
  return true;
}

function stepsFrom(path: string, segment: string | number): string[] {
  return typeof segment === 'number' || segment === 'first' || segment === 'last'
    ? [`${path}[]`, `${path}.${segment}`]
    : [`${path}.${segment}`, `${path}.*`];
}

function reaches({ path }: SchemaProperty, wanted: string): boolean {
  return path === wanted || path.startsWith(`${wanted}.`) || path.startsWith(`${wanted}[]`);
}

/** Its schema says nothing of what lies in it. */
function isOpen({ type }: SchemaProperty): boolean {
  return type.split(' | ').includes('any');
}

/** What a template names and no payload with these properties has. */
export function unknownVariables(
  template: Template,
  properties: readonly SchemaProperty[],
): { path: string; line: number }[] {
  return template
    .variables()
    .filter((variable) => !isKnown(variable, properties))
    .map(({ segments, line }) => ({ path: pathOf(segments), line }));
}

function pathOf(segments: TemplateVariable['segments']): string {
  return segments.reduce<string>(
    (text, segment) =>
      typeof segment === 'number' ? `${text}[${segment}]` : text ? `${text}.${segment}` : segment,
    '',
  );
}

function unknownProblem(
  { segments, line }: TemplateVariable,
  properties: readonly SchemaProperty[],
): string {
  const path = pathOf(segments);
  const known = [...properties.map((property) => property.path), ...OTHER_PATHS];
  const near = known.filter((name) => name.split('.').at(-1) === segments.at(-1));
  const hint = (near.length > 0 ? near : known).slice(0, 8).join(', ');
  return `'${path}' in line ${line} is not a path of its events; there are ${hint}`;
}
