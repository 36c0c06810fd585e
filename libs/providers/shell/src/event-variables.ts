import type { DeliveryContext } from '@nest-integrations/core';

const MAX_VARIABLES = 200;
const MAX_VALUE = 8_192;
const MAX_DEPTH = 6;
/** In all, in characters: a command line and its environment have to fit into 128 KiB on some systems. */
const MAX_TOTAL = 65_536;

type Told = Pick<DeliveryContext<unknown>, 'event' | 'delivery' | 'subscription' | 'thread'>;

/**
 * What a command may know by name: `EVENT_…` and, of the payload, `PAYLOAD_INCIDENT_TITLE`. What is too
 * long, too deep or too much is left out, and `PAYLOAD_INCOMPLETE` says so: the whole is on stdin.
 */
export function eventVariables({ event, delivery, subscription, thread }: Told) {
  const variables: Record<string, string> = {
    EVENT_ID: event.id,
    EVENT_TYPE: event.type,
    EVENT_TIMESTAMP: event.occurredAt,
    EVENT_DELIVERY_ID: delivery.id,
    EVENT_ATTEMPT: String(delivery.attempt),
    EVENT_IS_REPLAY: String(delivery.isReplay),
    EVENT_IS_TEST: String(delivery.isTest),
    EVENT_SUBSCRIPTION_ID: subscription.id,
    EVENT_SUBSCRIPTION_NAME: withoutNul(subscription.name),
    ...(thread && { EVENT_THREAD_KEY: withoutNul(thread.key) }),
  };
  let total = 0;
  let count = 0;
  let isComplete = true;

  collect(event.payload, 'PAYLOAD', 0);
  return isComplete ? variables : { ...variables, PAYLOAD_INCOMPLETE: '1' };

  function collect(value: unknown, name: string, depth: number): void {
    if (value === null || value === undefined) return;
    if (typeof value === 'string') return add(name, withoutNul(value));
    if (typeof value !== 'object') return add(name, JSON.stringify(value));
    if (depth === MAX_DEPTH) {
      isComplete = false;
      return;
    }
    for (const [key, child] of Object.entries(value)) {
      if (count >= MAX_VARIABLES) {
        isComplete = false;
        return;
      }
      collect(child, `${name}_${nameOf(key)}`, depth + 1);
    }
  }

  function add(name: string, value: string): void {
    const size = name.length + value.length;
    const fits = value.length <= MAX_VALUE && name.length <= 256 && total + size <= MAX_TOTAL;
    // Of two whose names come to the same, the first stands.
    if (!fits || count >= MAX_VARIABLES || Object.hasOwn(variables, name)) {
      isComplete = false;
      return;
    }
    variables[name] = value;
    total += size;
    count++;
  }
}

/** `systemId` is `SYSTEM_ID`; nothing but letters, digits and lines. */
function nameOf(key: string): string {
  return key
    .slice(0, 64)
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase();
}

function withoutNul(text: string): string {
  return text.replaceAll('\0', '');
}
