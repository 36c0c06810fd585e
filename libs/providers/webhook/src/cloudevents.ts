import type { DeliveredEvent } from '@nest-integrations/core';

const SOURCE = '/nest-integrations';
/** All but printable ASCII without space, double quote and percent (HTTP binding §3.1.3.2). */
const ENCODED = /[^\x21\x23\x24\x26-\x7e]/gu;

/** CloudEvents 1.0 attributes of an event. */
function attributesOf(event: DeliveredEvent): Record<string, string> {
  return {
    specversion: '1.0',
    id: event.id,
    source: SOURCE,
    type: event.type,
    time: event.occurredAt,
  };
}

/** The JSON format: attributes and data in one body (JSON format §3). The payload is not parsed. */
export function structuredBody(event: DeliveredEvent): string {
  const head = JSON.stringify({ ...attributesOf(event), datacontenttype: 'application/json' });
  return `${head.slice(0, -1)},"data":${event.payloadJson}}`;
}

/** The binary mode: attributes as headers, the payload as the body (HTTP binding §3.1). */
export function binaryHeaders(event: DeliveredEvent): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(attributesOf(event))) {
    headers[`ce-${name}`] = value.replace(ENCODED, percentEncoded);
  }
  return headers;
}

/** Its UTF-8 bytes; half a character becomes the replacement character. */
function percentEncoded(character: string): string {
  return Buffer.from(character).toString('hex').toUpperCase().replace(/../g, '%$&');
}
