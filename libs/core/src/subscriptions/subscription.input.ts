import {
  deliveryLimitsSchema,
  deliveryOrderingSchema,
  EVENT_PATTERN_FORM,
  patternMatches,
  retryPolicySchema,
} from '@nest-integrations/common';
import type { z } from 'zod';
import type { FieldProblem } from '../integration.error.js';
import type { BoundProvider } from '../providers/provider.registry.js';
import { problemsOf } from '../schema/zod-problems.js';
import { filterProblems } from './event-filter.js';
import type { EventTypeCatalog } from './event-type-catalog.js';
import { signingSecretProblem } from './signing-secrets.js';

const MAX_NAME = 200;
const MAX_DESCRIPTION = 2_000;
const MAX_EVENT_TYPES = 200;
const MAX_OVERLAP_SECONDS = 30 * 24 * 60 * 60;
const [MIN_TIMEOUT_MS, MAX_TIMEOUT_MS] = [1_000, 60_000];

/** The fields that need no provider to be judged. */
export interface GeneralFields {
  readonly name?: unknown;
  readonly description?: unknown;
  readonly eventTypes?: unknown;
  readonly filter?: unknown;
  readonly retryPolicy?: unknown;
  readonly timeoutMs?: unknown;
  readonly limits?: unknown;
  readonly ordering?: unknown;
}

/** All that is wrong with a new subscription's. */
export function generalProblems(input: GeneralFields, catalog: EventTypeCatalog): FieldProblem[] {
  return [
    ...nameProblems(input.name),
    ...descriptionProblems(input.description),
    ...routingProblems(input, catalog),
    ...retryPolicyProblems(input.retryPolicy),
    ...timeoutProblems(input.timeoutMs),
    ...laneProblems(input),
  ];
}

/**
 * All that is wrong with what a patch changes: a field that no longer fits does not hinder mending
 * another. A filter and the event types that it is for are judged together.
 */
export function patchProblems(
  patch: GeneralFields,
  current: { readonly eventTypes: unknown; readonly filter: unknown },
  catalog: EventTypeCatalog,
): FieldProblem[] {
  const { name, eventTypes, filter } = patch;
  const routing = {
    eventTypes: eventTypes === undefined ? current.eventTypes : eventTypes,
    filter: filter === undefined ? current.filter : filter,
  };
  const isRerouted = eventTypes !== undefined || filter !== undefined;
  return [
    ...(name === undefined ? [] : nameProblems(name)),
    ...descriptionProblems(patch.description),
    ...(isRerouted ? routingProblems(routing, catalog) : []),
    ...retryPolicyProblems(patch.retryPolicy),
    ...timeoutProblems(patch.timeoutMs),
    ...laneProblems(patch),
  ];
}

export function signingSecretProblems(
  secret: string | undefined,
  provider: Pick<BoundProvider, 'id' | 'signing'> | undefined,
): FieldProblem[] {
  if (secret === undefined) return [];
  const problem =
    provider?.signing === 'none'
      ? `'${provider.id}' does not sign what it sends; leave it out`
      : signingSecretProblem(secret);
  return problem === null ? [] : [{ field: 'signingSecret', message: problem }];
}

export function overlapProblems(overlapSeconds: number): FieldProblem[] {
  return isWholeNumber(overlapSeconds, 0, MAX_OVERLAP_SECONDS)
    ? []
    : [
        {
          field: 'overlapSeconds',
          message: `must be a whole number from 0 to ${MAX_OVERLAP_SECONDS}`,
        },
      ];
}

function nameProblems(name: unknown): FieldProblem[] {
  return typeof name === 'string' &&
    name.trim() !== '' &&
    name.length <= MAX_NAME &&
    !name.includes('\0')
    ? []
    : [{ field: 'name', message: `must be a text of 1 to ${MAX_NAME} characters` }];
}

function descriptionProblems(description: unknown): FieldProblem[] {
  if (description === null || description === undefined) return [];
  return typeof description === 'string' &&
    description.length <= MAX_DESCRIPTION &&
    !description.includes('\0')
    ? []
    : [
        {
          field: 'description',
          message: `must be a text of at most ${MAX_DESCRIPTION} characters`,
        },
      ];
}

function routingProblems(
  { eventTypes, filter }: Pick<GeneralFields, 'eventTypes' | 'filter'>,
  catalog: EventTypeCatalog,
): FieldProblem[] {
  return [
    ...eventTypeProblems(eventTypes, catalog),
    ...filterFieldProblems(filter, eventTypes, catalog),
  ];
}

function eventTypeProblems(eventTypes: unknown, catalog: EventTypeCatalog): FieldProblem[] {
  if (
    !Array.isArray(eventTypes) ||
    eventTypes.length === 0 ||
    eventTypes.length > MAX_EVENT_TYPES
  ) {
    return [
      {
        field: 'eventTypes',
        message: `must be a list of 1 to ${MAX_EVENT_TYPES} event types, like ["incident.created", "incident.*", "*"]`,
      },
    ];
  }
  return eventTypes.flatMap((pattern: unknown, i) => {
    const field = `eventTypes[${i}]`;
    if (typeof pattern !== 'string' || !EVENT_PATTERN_FORM.test(pattern)) {
      return [{ field, message: 'must be an event type, a prefix with .* at its end, or *' }];
    }
    if (catalog.ids().some((id) => patternMatches(pattern, id))) return [];
    return [
      {
        field,
        message: `'${pattern}' matches no event type; there are ${closest(pattern, catalog.ids())}`,
      },
    ];
  });
}

/** The few that a reader may have meant: of the same first word, else the first of all. */
function closest(pattern: string, ids: readonly string[]): string {
  const [word] = pattern.split('.');
  const near = ids.filter((id) => id.split('.')[0] === word);
  const shown = (near.length > 0 ? near : ids).slice(0, 10);
  return shown.length === 0 ? 'none' : shown.join(', ');
}

function filterFieldProblems(
  filter: unknown,
  eventTypes: unknown,
  catalog: EventTypeCatalog,
): FieldProblem[] {
  if (filter === null || filter === undefined) return [];
  const schemas = chosenTypes(eventTypes, catalog).map((id) => catalog.payloadSchemaOf(id));
  return filterProblems(filter, schemas);
}

/** The ids that these patterns choose. */
function chosenTypes(eventTypes: unknown, catalog: EventTypeCatalog): string[] {
  if (!Array.isArray(eventTypes)) return [];
  return catalog
    .ids()
    .filter((id) =>
      eventTypes.some((p: unknown) => typeof p === 'string' && patternMatches(p, id)),
    );
}

function retryPolicyProblems(retryPolicy: unknown): FieldProblem[] {
  if (retryPolicy === undefined) return [];
  const parsed = retryPolicySchema.safeParse(retryPolicy);
  if (parsed.success) return [];
  return typeof retryPolicy === 'object' && retryPolicy !== null
    ? problemsOf(parsed.error, 'retryPolicy')
    : [
        {
          field: 'retryPolicy',
          message: "must be 'default', 'short', 'none', or { delaysSeconds: [5, 60, …] }",
        },
      ];
}

/** Limits and ordering. */
function laneProblems({ limits, ordering }: GeneralFields): FieldProblem[] {
  return [
    ...objectProblems(deliveryLimitsSchema, {
      field: 'limits',
      value: limits,
      form: "null, or { maxConcurrency: 5, rate: { limit: 10, per: 'second' } }",
    }),
    ...objectProblems(deliveryOrderingSchema, {
      field: 'ordering',
      value: ordering,
      form: "null, {} or { key: 'order.id' }",
    }),
  ];
}

function objectProblems(
  schema: z.ZodType,
  { field, value, form }: { field: string; value: unknown; form: string },
): FieldProblem[] {
  if (value === null || value === undefined) return [];
  if (typeof value !== 'object' || Array.isArray(value)) {
    return [{ field, message: `must be ${form}` }];
  }
  const parsed = schema.safeParse(value);
  return parsed.success ? [] : problemsOf(parsed.error, field);
}

function timeoutProblems(timeoutMs: unknown): FieldProblem[] {
  if (timeoutMs === null || timeoutMs === undefined) return [];
  return isWholeNumber(timeoutMs, MIN_TIMEOUT_MS, MAX_TIMEOUT_MS)
    ? []
    : [
        {
          field: 'timeoutMs',
          message: `must be a whole number of milliseconds from ${MIN_TIMEOUT_MS} to ${MAX_TIMEOUT_MS}`,
        },
      ];
}

function isWholeNumber(value: unknown, from: number, to: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to;
}
