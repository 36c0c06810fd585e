import {
  delivered,
  fromResponse,
  rejected,
  retry,
  type DeliveryOutcome,
  type OutboundResponse,
} from '@nest-integrations/core';
import { z } from 'zod';

/** Graph and Workflows wrap what went wrong alike. */
const errorForm = z.looseObject({
  error: z.looseObject({ code: z.string(), message: z.string().optional() }),
});

/** The message itself can't be posted, however often it is tried. */
const REJECTED = new Set([400, 413, 422]);
const GRAPH_CURES: Readonly<Record<number, string>> = {
  401: 'its sign-in is not accepted: sign in again',
  403: 'who signed in is not in the team, or the app lacks ChannelMessage.Send: add both and sign in again',
  404: 'the team or the channel is not there, or who signed in can’t see it',
};
const WORKFLOW_CURES: Readonly<Record<string, string>> = {
  WorkflowNotFound: 'the workflow was deleted: make a new one and give the connection its URL',
  WorkflowTriggerNotFound: 'the workflow has no webhook any more: make a new one',
  WorkflowTriggerIsNotEnabled: 'the workflow is turned off: turn it on',
  DirectApiAuthorizationRequired:
    'the URL is not complete, its signature is missing: copy it again from the workflow',
  AuthorizationFailed: 'the URL is not valid any more: copy it again from the workflow',
  InvalidWorkflowOwner: 'the workflow’s owner is gone: add another owner in Power Automate',
};
/** Of the workflow, not of the message, although they come with 400. */
const MENDED_BY_ADMIN = new Set(Object.keys(WORKFLOW_CURES));
const MAX_SAID = 300;

/** What Graph answered where it is no success. */
export function graphFailure(response: OutboundResponse): DeliveryOutcome {
  return failure(response, { from: 'Microsoft Graph', cure: GRAPH_CURES[response.status] });
}

/** What a workflow answered; it posts after it has answered, so there is no link to the message. */
export function workflowOutcome(response: OutboundResponse): DeliveryOutcome {
  if (response.ok) return delivered();
  const { code } = errorOf(response);
  return failure(response, { from: 'The workflow', cure: WORKFLOW_CURES[code] });
}

/** What is said in an error's place where options or a test are asked for. */
export function graphError(response: OutboundResponse): Error {
  return new Error(said(response, { from: 'Microsoft Graph', cure: GRAPH_CURES[response.status] }));
}

interface Said {
  readonly from: string;
  readonly cure: string | undefined;
}

function failure(response: OutboundResponse, how: Said): DeliveryOutcome {
  const reason = said(response, how);
  const isMended = MENDED_BY_ADMIN.has(errorOf(response).code);
  if (REJECTED.has(response.status) && !isMended) return rejected(reason);
  const outcome = fromResponse(response);
  // A 410 of theirs is about a thing in Teams: it says nothing of the subscription.
  return outcome.kind === 'retry' ? { ...outcome, reason } : retry(reason, { clientError: true });
}

function said(response: OutboundResponse, { from, cure }: Said): string {
  const { code, message } = errorOf(response);
  const words = [code, message].filter((text) => text !== '').join(': ');
  const shown = words === '' ? '' : ` (${words.slice(0, MAX_SAID)})`;
  return `${from} answered ${response.status}${shown}${cure === undefined ? '' : `: ${cure}`}`;
}

function errorOf(response: OutboundResponse): { code: string; message: string } {
  try {
    const answer = errorForm.safeParse(response.json());
    if (answer.success) {
      const { code, message = '' } = answer.data.error;
      return { code, message };
    }
  } catch {
    // Not JSON: its status says enough.
  }
  return { code: '', message: '' };
}
