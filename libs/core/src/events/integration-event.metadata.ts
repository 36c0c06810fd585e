import { INTEGRATION_EVENT, type IntegrationEventOptions } from './integration-event.decorator.js';

/** The only reader of what `@IntegrationEvent` wrote. */
export function integrationEventOf(method: unknown): IntegrationEventOptions | undefined {
  if (typeof method !== 'function') return undefined;
  const options: IntegrationEventOptions | undefined = Reflect.getMetadata(
    INTEGRATION_EVENT,
    method,
  );
  return options;
}
