import { EVENT_TYPE_FORM } from '@nest-integrations/common';
import type { z } from 'zod';

export interface IntegrationEventOptions<Payload extends z.ZodType = z.ZodType> {
  /** Name under which the domain emits on the event emitter: `incident.created`. */
  readonly hook: string;
  readonly displayName: string;
  readonly description?: string;
  /** Groups event types for people: `Incidents`. */
  readonly category?: string;
  /** What leaves: the handler's return value must fit it. */
  readonly payload: Payload;
  /** What the domain emits, where that differs from what leaves. Default: `payload`. */
  readonly input?: z.ZodType;
  /** Version of the payload's shape. Default 1. */
  readonly version?: number;
  /** A payload for documentation, previews and test calls. Must fit `payload`. */
  readonly example?: z.input<Payload>;
  readonly deprecated?: boolean;
}

export const INTEGRATION_EVENT = 'nest-integrations:event';

/**
 * Exposes a hook as an integration event. The method gets what was emitted, checked; what it returns
 * is checked again and is what leaves. Provide its class in a module: discovery looks there.
 */
export function IntegrationEvent<Payload extends z.ZodType>(
  options: IntegrationEventOptions<Payload>,
): MethodDecorator {
  if (!EVENT_TYPE_FORM.test(options.hook)) {
    throw new TypeError(
      `@IntegrationEvent({ hook: '${options.hook}' }): use dotted lower case, like 'incident.created'`,
    );
  }
  return (_target, _method, descriptor) => {
    if (typeof descriptor.value !== 'function') {
      throw new TypeError(`@IntegrationEvent({ hook: '${options.hook}' }) belongs on a method`);
    }
    Reflect.defineMetadata(INTEGRATION_EVENT, options, descriptor.value);
  };
}
