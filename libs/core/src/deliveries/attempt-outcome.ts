import { ZodError } from 'zod';
import { OutboundHttpError } from '../http/outbound-http.types.js';
import type { RecordedHttp } from '../http/recorded-http.js';
import { TemplateError } from '../integration.error.js';
import { OAuthTokenError } from '../oauth/oauth-token.error.js';
import { checkedOutcome } from '../providers/checked-outcome.js';
import {
  fromHttpError,
  rejected,
  retry,
  type DeliveryOutcome,
} from '../providers/delivery-outcome.js';
import type { BoundProvider } from '../providers/provider.registry.js';
import { thrownReason } from '../providers/thrown-reason.js';
import type { SandboxFault } from '../sandbox/index.js';
import type { Transformed } from '../transformations/event.transformer.js';
import type { AttemptContext } from './attempt-context.js';

/** A reason reaches a log line and a row; whoever gave it may have said anything at any length. */
const MAX_REASON = 2_000;

/** No attempt was made, and none will be. */
export interface Cancelled {
  readonly kind: 'cancelled';
  readonly reason: string;
}

/** Whatever comes of a call of the provider, as an outcome without secrets. */
export async function outcomeOfCall(
  context: AttemptContext,
  provider: BoundProvider,
  call: (provider: BoundProvider) => Promise<unknown>,
): Promise<DeliveryOutcome> {
  try {
    const returned = await context.orAborted(call(provider));
    return clean(checkedOutcome(returned, provider.id), context.http);
  } catch (error) {
    return clean(outcomeOfError(error), context.http);
  }
}

/**
 * Gives the context what a transformation made of its event; or says how the attempt ends without
 * a call. A function that is at fault fails in the same way each time: no waiting cures it.
 */
export function applyTransformed(
  context: AttemptContext,
  transformed: Transformed,
): DeliveryOutcome | Cancelled | null {
  for (const line of transformed.console) context.note(line);
  switch (transformed.kind) {
    case 'event':
      context.event = transformed.event;
      return null;
    case 'unwanted':
      return {
        kind: 'cancelled',
        reason: 'The transformation returned null: the event is not for this subscription',
      };
    case 'failed': {
      const reason = `The transformation failed: ${transformed.reason}`;
      return isLasting(transformed.fault) ? rejected(reason) : retry(reason);
    }
  }
}

function isLasting(fault: SandboxFault): boolean {
  return fault === 'source' || fault === 'script';
}

export function unknownProvider(id: string): string {
  return `No provider '${id}' is registered: import its module, or delete the subscription`;
}

function outcomeOfError(error: unknown): DeliveryOutcome {
  if (error instanceof OutboundHttpError) return fromHttpError(error);
  if (error instanceof OAuthTokenError) return error.outcome;
  // No waiting cures it.
  if (error instanceof TemplateError) return rejected(error.message);
  const isPlain = error instanceof Error && !(error instanceof ZodError);
  return retry(isPlain ? `${error.name}: ${error.message}` : thrownReason(error));
}

function clean(outcome: DeliveryOutcome, http: RecordedHttp): DeliveryOutcome {
  if (outcome.kind !== 'delivered') {
    return { ...outcome, reason: http.redact(outcome.reason).slice(0, MAX_REASON) };
  }
  const { externalId, externalUrl } = outcome;
  if (externalId === undefined && externalUrl === undefined) return outcome;
  return {
    ...outcome,
    ...(externalId !== undefined && { externalId: http.redact(externalId) }),
    ...(externalUrl !== undefined && { externalUrl: http.redact(externalUrl) }),
  };
}
