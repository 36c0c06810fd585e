import { createHash } from 'node:crypto';

/**
 * What the issue of an event is found by again. Subscriptions that share a project have a label each, so
 * that none takes another's issue for its own; a digest, as Jira shows labels to people.
 */
export function issueLabel(eventId: string, subscriptionId: string): string {
  const digest = createHash('sha256').update(subscriptionId).digest('hex');
  return `event-${eventId}-${digest.slice(0, 8)}`;
}
