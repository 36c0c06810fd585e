import { keepJsonText, type TemplateScope } from '../templates/index.js';
import type { DeliveryContext } from './delivery-provider.js';

/** What the templates of a provider's config may name. */
export function templateScopeOf({
  event: { id, type, occurredAt, payload, payloadJson },
  subscription,
}: Pick<DeliveryContext<unknown>, 'event' | 'subscription'>): TemplateScope {
  keepJsonText(payload, payloadJson);
  return {
    payload,
    event: { id, type, timestamp: occurredAt },
    subscription: { id: subscription.id, name: subscription.name },
  };
}
