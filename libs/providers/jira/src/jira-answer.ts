import { fromResponse, rejected, retry, type OutboundResponse } from '@nest-integrations/core';
import { z } from 'zod';
import type { JiraFailure } from './jira-error.js';

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/#status-codes */
const errorForm = z.union([
  z.looseObject({
    errorMessages: z.array(z.string()),
    errors: z.record(z.string(), z.unknown()).default({}),
  }),
  z.looseObject({ errors: z.record(z.string(), z.unknown()) }).transform(({ errors }) => ({
    errorMessages: [],
    errors,
  })),
]);

const MAX_SAID = 500;
/** The request itself can't be taken, however often it is tried. */
const REJECTED = new Set([400, 413, 415]);

/** Whether Jira itself says that there is no such issue, and not a proxy on the way or a sign-in that failed. */
export function isIssueGone(response: OutboundResponse): boolean {
  return (
    (response.status === 404 || response.status === 410) &&
    !isSignInRefused(response) &&
    errorForm.safeParse(jsonOf(response)).success
  );
}

/** Cloud goes on as if nobody had signed in: it shows nothing, and says 200 or 404. */
export function isSignInRefused({ headers }: OutboundResponse): boolean {
  return /AUTHENTICATED_FAILED|AUTHENTICATION_DENIED/.test(loginReason(headers));
}

/** What an answer means that is no success. */
export function failureOf(response: OutboundResponse, now = new Date()): JiraFailure {
  const reason = saidBy(response);
  if (isSignInRefused(response)) return retry(reason, { clientError: true });
  if (REJECTED.has(response.status)) return rejected(reason);
  // Two changes of one issue met.
  if (response.status === 409) return retry(reason);
  const meaning = fromResponse(response, { now });
  if (meaning.kind !== 'retry') {
    // What is gone may be a typo in the site's address: nothing to disable a subscription for.
    return retry(reason, { clientError: true });
  }
  const afterMs = meaning.afterMs ?? msUntilReset(response, now);
  return { ...meaning, reason, ...(afterMs !== undefined && { afterMs }) };
}

/** With the fields that it names, and the cure for what an admin can mend. */
export function saidBy(response: OutboundResponse): string {
  const { errorMessages, errors } = errorForm.safeParse(jsonOf(response)).data ?? {
    errorMessages: [],
    errors: {},
  };
  const said = [
    ...errorMessages,
    ...Object.entries(errors).map(([field, message]) => `${field}: ${textOf(message)}`),
  ].join('; ');
  return [`Jira answered ${response.status}`, said.slice(0, MAX_SAID), cureFor(response, errors)]
    .filter((part) => part !== '')
    .join(': ');
}

export function jsonOf(response: OutboundResponse): unknown {
  try {
    return response.json();
  } catch {
    return null;
  }
}

function cureFor(response: OutboundResponse, errors: Readonly<Record<string, unknown>>): string {
  const { status, headers } = response;
  if (loginReason(headers).includes('AUTHENTICATION_DENIED')) {
    return 'it wants a CAPTCHA solved after too many failed sign-ins: sign in to Jira with that account in a browser once';
  }
  if (status === 401 || isSignInRefused(response)) {
    return 'its account or token is not valid: give the connection a new token';
  }
  if (status === 403) return 'the account may not do this: give it the permission in the project';
  if (status >= 300 && status < 400) return 'it leads elsewhere: is the base URL right?';
  if (status === 404 && jsonOf(response) === null)
    return 'no API of Jira’s: is the base URL right?';
  if (status === 400 && 'labels' in errors) {
    return 'add the field Labels to the screen of the issue type, or set deduplicate to never';
  }
  return '';
}

function loginReason(headers: OutboundResponse['headers']): string {
  return [headers['x-seraph-loginreason'] ?? ''].flat().join(',');
}

/** Cloud says when its budget is full again even where it names no wait. */
function msUntilReset({ status, headers }: OutboundResponse, now: Date): number | undefined {
  if (status !== 429) return undefined;
  const at = Date.parse([headers['x-ratelimit-reset'] ?? ''].flat()[0] ?? '');
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}

function textOf(message: unknown): string {
  return typeof message === 'string' ? message : JSON.stringify(message);
}
