import type { Replay } from '../api/types';

/** What a replay was asked to send, in words. */
export function selectionText(
  { kind, selection }: Replay,
  subscriptionName: string | null,
): string {
  const { chosen, eventType, status, from, to } = selection;
  if (chosen !== null) return `${chosen.toLocaleString()} chosen`;
  const parts = [
    status ?? '',
    eventType ?? '',
    subscriptionName === null ? '' : `to ${subscriptionName}`,
    from ? `since ${new Date(from).toLocaleString()}` : '',
    to ? `until ${new Date(to).toLocaleString()}` : '',
  ].filter((part) => part !== '');
  const what = kind === 'recovery' ? 'All that was missed' : 'Deliveries';
  return parts.length === 0 ? what : `${what}: ${parts.join(', ')}`;
}
