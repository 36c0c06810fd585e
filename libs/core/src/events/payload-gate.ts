import { z } from 'zod';
import { InvalidPayloadError, PayloadTooLargeError } from '../integration.error.js';
import { problemsOf } from '../schema/zod-problems.js';
import type { BoundEventType } from './event-type.js';

export interface CheckedPayload {
  readonly value: unknown;
  readonly json: string;
}

/**
 * What was emitted → what leaves: checked, transformed by the handler, checked again, serialised.
 * @throws InvalidPayloadError with the path of each field that does not fit
 * @throws PayloadTooLargeError
 */
export async function passPayload(
  type: BoundEventType,
  emitted: unknown,
  maxBytes: number,
): Promise<CheckedPayload> {
  const checked = check(type.input, emitted);
  const input = checked instanceof Promise ? await checked : checked;
  if (!input.success) {
    throw new InvalidPayloadError(type.id, 'emitted', problemsOf(input.error, 'payload'));
  }
  const transformed = type.transform(input.data);
  const checkedAgain = check(
    type.payload,
    transformed instanceof Promise ? await transformed : transformed,
  );
  const leaving = checkedAgain instanceof Promise ? await checkedAgain : checkedAgain;
  if (!leaving.success) {
    throw new InvalidPayloadError(type.id, 'transformed', problemsOf(leaving.error, 'payload'));
  }
  const json = serialise(type.id, leaving.data);
  // A UTF-16 unit is at most 3 bytes of UTF-8: short texts need no count.
  if (json.length * 3 > maxBytes) {
    const bytes = Buffer.byteLength(json);
    if (bytes > maxBytes) throw new PayloadTooLargeError(type.id, bytes, maxBytes);
  }
  return { value: leaving.data, json };
}

/** Zod's synchronous parse is several times quicker; a schema with async parts falls back. */
function check(schema: z.ZodType, value: unknown) {
  try {
    return schema.safeParse(value);
  } catch (error) {
    if (error instanceof z.core.$ZodAsyncError) return schema.safeParseAsync(value);
    throw error;
  }
}

function serialise(type: string, value: unknown): string {
  let json: string | undefined;
  let reason = 'is not a JSON value';
  try {
    json = JSON.stringify(value);
  } catch (error) {
    reason = `can't be written as JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (json === undefined) {
    throw new InvalidPayloadError(type, 'transformed', [{ field: 'payload', message: reason }]);
  }
  return json;
}
