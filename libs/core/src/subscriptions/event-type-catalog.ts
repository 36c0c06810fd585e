import type { JsonSchema } from '../schema/json-schema.js';

/** What subscriptions need to know of event types; the registry of events answers. */
export abstract class EventTypeCatalog {
  abstract ids(): readonly string[];
  abstract payloadSchemaOf(id: string): JsonSchema;
  /** A payload that fits the schema; `null`: there is none. */
  abstract exampleOf(id: string): unknown;
}
