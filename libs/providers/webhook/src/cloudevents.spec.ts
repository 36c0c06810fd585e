import { DeliveredEvent } from '@nest-integrations/core';
import { describe, expect, it } from 'vitest';
import { binaryHeaders, structuredBody } from './cloudevents.js';

const event = new DeliveredEvent(
  'ev-1',
  'incident.created',
  '2026-01-02T03:04:05.678Z',
  '{"a":"ü"}',
);

describe('CloudEvents 1.0', () => {
  it('has the required attributes and the data in its structured form', () => {
    expect(JSON.parse(structuredBody(event))).toEqual({
      specversion: '1.0',
      id: 'ev-1',
      source: '/nest-integrations',
      type: 'incident.created',
      time: '2026-01-02T03:04:05.678Z',
      datacontenttype: 'application/json',
      data: { a: 'ü' },
    });
  });

  it('has its attributes in headers in the binary form', () => {
    expect(binaryHeaders(event)).toEqual({
      'ce-specversion': '1.0',
      'ce-id': 'ev-1',
      'ce-source': '/nest-integrations',
      'ce-type': 'incident.created',
      'ce-time': '2026-01-02T03:04:05.678Z',
    });
  });

  it('percent-encodes what a header can’t hold', () => {
    const odd = new DeliveredEvent('ü "1"', 'a', '2026-01-02T03:04:05.678Z', '{}');
    expect(binaryHeaders(odd)['ce-id']).toBe('%C3%BC%20%221%22');
  });

  it('encodes every UTF-8 byte of a character, and half of one as its replacement', () => {
    const odd = new DeliveredEvent('€😀%\ud800~', 'a', '2026-01-02T03:04:05.678Z', '{}');
    expect(binaryHeaders(odd)['ce-id']).toBe('%E2%82%AC%F0%9F%98%80%25%EF%BF%BD~');
  });

  it('carries the payload as it was emitted, key order and digits', () => {
    const json = '{"b":1.0,"2":12345678901234567890,"1":0}';
    const odd = new DeliveredEvent('ev-1', 'a', '2026-01-02T03:04:05.678Z', json);
    expect(structuredBody(odd)).toContain(`"data":${json}}`);
  });
});
