import { createTraceState, TraceFlags, type SpanContext } from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spanContextOf, storedTrace, storedTraceparent, traceIdOf } from './trace-context.js';

const span: SpanContext = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: TraceFlags.SAMPLED,
};

describe('the trace kept with an event', () => {
  it('is the W3C traceparent of the span that published', () => {
    expect(storedTrace(span)).toBe('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
    expect(traceIdOf(storedTrace(span))).toBe(span.traceId);
  });

  it('keeps the vendor’s tracestate beside it', () => {
    const stored = storedTrace({ ...span, traceState: createTraceState('rojo=00f067,congo=t61') });
    expect(stored).toMatch(/-01 rojo=00f067,congo=t61$/);
    const read = spanContextOf(stored ?? '');
    expect(read).toMatchObject({ traceId: span.traceId, spanId: span.spanId, isRemote: true });
    expect(read?.traceState?.serialize()).toBe('rojo=00f067,congo=t61');
    expect(storedTraceparent(stored ?? '')).toBe(storedTrace(span));
  });

  it('leaves out a tracestate that is longer than receivers must take', () => {
    const traceState = createTraceState(
      `a=${'x'.repeat(250)},b=${'y'.repeat(250)},c=${'z'.repeat(250)}`,
    );
    expect(storedTrace({ ...span, traceState })).toBe(storedTrace(span));
  });

  it('is nothing where nothing was traced', () => {
    expect(storedTrace(undefined)).toBeNull();
    expect(storedTrace({ ...span, traceId: '0'.repeat(32) })).toBeNull();
  });

  it('reads back nothing from what is no trace, whatever stands there', () => {
    for (const broken of ['', 'x', '00-abc-def-01', `00-${'0'.repeat(32)}-${span.spanId}-01`]) {
      expect(spanContextOf(broken)).toBeUndefined();
    }
    fc.assert(fc.property(fc.string(), (text) => spanContextOf(text) === undefined));
  });
});
