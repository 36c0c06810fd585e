import type { z } from 'zod';
import type { JsonSchema } from '../schema/json-schema.js';
import type { SchemaProperty } from '../schema/property-list.js';

/** A hook exposed to the outside, as the registry knows it. */
export interface EventType {
  /** The hook, under the feature's namespace where one is set. Unique in the app. */
  readonly id: string;
  readonly hook: string;
  readonly displayName: string;
  readonly description: string | null;
  readonly category: string | null;
  readonly version: number;
  readonly deprecated: boolean;
  /** JSON Schema of what leaves. */
  readonly payloadSchema: JsonSchema;
  /** Every path that a template or a filter may use. */
  readonly properties: readonly SchemaProperty[];
  readonly example: unknown;
  /** Class and method that declare it: `IncidentIntegrationEvents.created`. */
  readonly owner: string;
}

/** An event type with what accepting needs: its schemas and the method that transforms. */
export interface BoundEventType extends EventType {
  readonly input: z.ZodType;
  readonly payload: z.ZodType;
  readonly transform: (emitted: unknown) => unknown;
}
