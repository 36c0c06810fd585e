import { Injectable } from '@nestjs/common';
import { UnknownEventTypeError } from '../integration.error.js';
import type { JsonSchema } from '../schema/json-schema.js';
import { EventTypeCatalog } from '../subscriptions/event-type-catalog.js';
import type { BoundEventType, EventType } from './event-type.js';

/** Every event type of the app. Filled once, at start, then closed. */
@Injectable()
export class EventTypeRegistry extends EventTypeCatalog {
  private readonly types = new Map<string, BoundEventType>();
  private isClosed = false;

  /** Returns the problem where the id is taken. */
  add(type: BoundEventType): string | null {
    const first = this.types.get(type.id);
    if (first) {
      return `event type '${type.id}' is declared twice: by ${first.owner} and by ${type.owner}`;
    }
    this.types.set(type.id, type);
    return null;
  }

  close(): void {
    this.isClosed = true;
  }

  get closed(): boolean {
    return this.isClosed;
  }

  list(): readonly EventType[] {
    return [...this.types.values()];
  }

  bound(): readonly BoundEventType[] {
    return [...this.types.values()];
  }

  has(id: string): boolean {
    return this.types.has(id);
  }

  /** @throws UnknownEventTypeError */
  get(id: string): BoundEventType {
    const type = this.types.get(id);
    if (!type) throw new UnknownEventTypeError(id);
    return type;
  }

  ids(): readonly string[] {
    return [...this.types.keys()];
  }

  payloadSchemaOf(id: string): JsonSchema {
    return this.get(id).payloadSchema;
  }

  exampleOf(id: string): unknown {
    return this.get(id).example;
  }
}
