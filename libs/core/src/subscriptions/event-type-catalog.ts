import type { JsonSchema } from '../schema/json-schema.js';

/** What subscriptions need to know of event types; the registry of events answers. */
export abstract class EventTypeCatalog {
  abstract ids(): readonly string[];
  abstract payloadSchemaOf(id: string): JsonSchema;
}
