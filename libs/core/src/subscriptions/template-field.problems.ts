import { patternMatches } from '@nest-integrations/common';
import type { FieldProblem } from '../integration.error.js';
import type { JsonSchema } from '../schema/json-schema.js';
import { valuesWith } from '../schema/keyword-values.js';
import { propertiesOf } from '../schema/property-list.js';
import { isRecord } from '../schema/secret-paths.js';
import {
  TEMPLATE_TARGETS,
  templateProblems,
  type TemplateExpectations,
  type TemplateScope,
  type TemplateTarget,
} from '../templates/index.js';
import type { EventTypeCatalog } from './event-type-catalog.js';

const SAMPLE_ID = '01990000-0000-7000-8000-000000000000';
const SAMPLE_TIME = '2026-01-31T12:00:00.000Z';

/** Any path of it may be there, and there is no example to try. */
const ANY_PAYLOAD: Omit<TemplateExpectations, 'target'> = {
  properties: [{ path: 'payload', type: 'any', description: null, optional: false }],
  samples: [],
};

/** What the templates of a subscription may meet. */
export interface TemplateSurroundings {
  readonly eventTypes: readonly string[];
  readonly subscriptionName: string;
  /** What changes the payload before they meet it: nothing can be said of its paths then. */
  readonly transform?: string | null;
}

/** The config of a subscription. */
export interface TemplatedConfig extends TemplateSurroundings {
  readonly config: unknown;
  readonly configSchema: JsonSchema;
}

/** What is wrong with the templates in a config: fields with the hint `template`. */
export function templateFieldProblems(
  { config, configSchema, ...surroundings }: TemplatedConfig,
  catalog: EventTypeCatalog,
): FieldProblem[] {
  const fields = valuesWith('x-template', config, configSchema);
  if (fields.length === 0) return [];
  const expected = expectationsOf(surroundings, catalog);
  return fields.flatMap(({ path, value, says, among }) => {
    const target = isRecord(says) ? siblingNamed(says['by'], among) : says;
    if (typeof value !== 'string' || !isTarget(target)) return [];
    return templateProblems(value, { ...expected, target }).map((message) => ({
      field: `config.${path}`,
      message,
    }));
  });
}

/** For templates whose target another field says: `{ by: 'contentType' }`. */
function siblingNamed(name: unknown, among: unknown): unknown {
  return typeof name === 'string' && isRecord(among) ? among[name] : undefined;
}

/** What is wrong with one template, each as the end of a sentence. */
export function templateProblemsOf(
  source: string,
  target: TemplateTarget,
  surroundings: TemplateSurroundings,
  catalog: EventTypeCatalog,
): string[] {
  return templateProblems(source, { ...expectationsOf(surroundings, catalog), target });
}

function expectationsOf(
  { eventTypes, subscriptionName, transform }: TemplateSurroundings,
  catalog: EventTypeCatalog,
): Omit<TemplateExpectations, 'target'> {
  if (transform) return ANY_PAYLOAD;
  const types = catalog.ids().filter((id) => eventTypes.some((p) => patternMatches(p, id)));
  return {
    properties: types.flatMap((id) => propertiesOf(catalog.payloadSchemaOf(id))),
    samples: types.flatMap((type) => sampleOf(type, subscriptionName, catalog)),
  };
}

/** None where the event type has no example. */
function sampleOf(type: string, name: string, catalog: EventTypeCatalog): TemplateScope[] {
  const payload = catalog.exampleOf(type);
  if (payload === null) return [];
  return [
    {
      payload,
      event: { id: SAMPLE_ID, type, timestamp: SAMPLE_TIME },
      subscription: { id: SAMPLE_ID, name },
    },
  ];
}

function isTarget(value: unknown): value is TemplateTarget {
  return TEMPLATE_TARGETS.some((target) => target === value);
}
