import type { DeliveredEvent } from '@nest-integrations/core';

/** CloudEvents 1.0 attributes of an event. */
function attributesOf(event: DeliveredEvent): Record<string, string> {
  return {
    specversion: '1.0',
    id: event.id,
    source: '/nest-integrations',
    type: event.type,
    time: event.occurredAt,
  };
}

/** The JSON format: attributes and data in one body (CloudEvents JSON §3). The payload is not parsed. */
export function structuredBody(event: DeliveredEvent): string {
  const head = JSON.stringify({ ...attributesOf(event), datacontenttype: 'application/json' });
  return `${head.slice(0, -1)},"data":${event.payloadJson}}`;
}

/** The binary HTTP mode: attributes as headers, the payload as the body (HTTP binding §3.1). */
export function binaryHeaders(event: DeliveredEvent): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributesOf(event)).map(([name, value]) => [
      `ce-${name}`,
      percentEncoded(value),
    ]),
  );
}

/** HTTP binding §3.1.3.2: space, quote, percent and what is not printable ASCII. */
function percentEncoded(value: string): string {
  return value.replace(/[^\x21\x23\x24\x26-\x7e]/gu, (character) => encodeURIComponent(character));
}
