import {
  createTraceState,
  isSpanContextValid,
  TraceFlags,
  type SpanContext,
} from '@opentelemetry/api';

/** W3C `traceparent`, version 00. */
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
/** The W3C's least that must be passed on; what is longer is left out whole. */
const MAX_TRACESTATE = 512;

/** The W3C header that names this span. */
export function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${(traceFlags & 0xff).toString(16).padStart(2, '0')}`;
}

/**
 * How a trace is kept with an event: `traceparent`, and after a space `tracestate` where there is
 * one. Written by ourselves, not by the host's propagator, which may speak another format.
 */
export function storedTrace(span: SpanContext | undefined): string | null {
  if (!span || !isSpanContextValid(span)) return null;
  const state = span.traceState?.serialize() ?? '';
  const parent = traceparentOf(span);
  return state === '' || state.length > MAX_TRACESTATE ? parent : `${parent} ${state}`;
}

/** The `traceparent` of a stored trace. */
export function storedTraceparent(stored: string): string {
  const [traceparent = ''] = stored.split(' ', 1);
  return traceparent;
}

/** The trace's id, for a log line. */
export function traceIdOf(stored: string | null): string | undefined {
  return stored === null ? undefined : TRACEPARENT.exec(storedTraceparent(stored))?.[1];
}

/** The span that published; undefined where what is stored can't be read. */
export function spanContextOf(stored: string): SpanContext | undefined {
  const traceparent = storedTraceparent(stored);
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  const state = stored.slice(traceparent.length + 1);
  const span: SpanContext = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED,
    isRemote: true,
    ...(state === '' ? {} : { traceState: createTraceState(state) }),
  };
  return isSpanContextValid(span) ? span : undefined;
}
