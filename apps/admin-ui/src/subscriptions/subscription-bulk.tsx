import { List, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Power, PowerOff, Trash2 } from 'lucide-react';
import { answer, api } from '../api/client';
import type { BulkAction, BulkResult } from '../api/types';
import { BusyButton } from '../parts/busy-button';
import { failed, succeeded, succeededWithUndo, warned } from '../parts/notices';
import type { Seen } from './use-seen';

const DONE: Readonly<Record<BulkAction, string>> = {
  enable: 'enabled',
  disable: 'disabled',
  delete: 'deleted',
};
/** As many as the API takes in one call. */
const AT_ONCE = 200;
/** More names than that are not read. */
const NAMED = 8;

interface SubscriptionBulkProps {
  readonly ids: readonly string[];
  readonly seen: Seen;
  readonly onDone: () => void;
}

/** What can be done to all chosen subscriptions at once. */
export function SubscriptionBulk({ ids, seen, onDone }: SubscriptionBulkProps) {
  const { apply, isPending } = useBulk(seen, onDone);
  const confirmDelete = () =>
    modals.openConfirmModal({
      title: `Delete ${ids.length === 1 ? 'one subscription' : countText(ids.length)}?`,
      children: (
        <>
          <Names ids={ids} seen={seen} />
          <Text size="sm" mt="sm">
            What waits for them is cancelled. Their history stays until retention removes it.
          </Text>
        </>
      ),
      labels: {
        confirm: `Delete ${ids.length}`,
        cancel: ids.length === 1 ? 'Keep it' : 'Keep them',
      },
      confirmProps: { color: 'red' },
      onConfirm: () => apply('delete', ids),
    });
  return (
    <>
      <BusyButton
        size="xs"
        variant="default"
        leftSection={<Power size={14} aria-hidden />}
        busy={isPending}
        onClick={() => apply('enable', ids)}
      >
        Enable
      </BusyButton>
      <BusyButton
        size="xs"
        variant="default"
        leftSection={<PowerOff size={14} aria-hidden />}
        busy={isPending}
        onClick={() => apply('disable', ids)}
      >
        Disable
      </BusyButton>
      <BusyButton
        size="xs"
        variant="default"
        leftSection={<Trash2 size={14} aria-hidden />}
        busy={isPending}
        onClick={confirmDelete}
      >
        Delete…
      </BusyButton>
    </>
  );
}

interface Bulk {
  readonly action: BulkAction;
  readonly ids: readonly string[];
  /** Seen at the click: by the answer, the live list may show what the click has done. */
  readonly wereEnabled: ReadonlySet<string>;
}

function useBulk(seen: Seen, onDone: () => void) {
  const queries = useQueryClient();
  const bulk = useMutation({
    mutationFn: applyInParts,
    onSuccess: (results, { action, wereEnabled }) => {
      const done = results.filter(({ ok }) => ok).map(({ id }) => id);
      const refused = results.filter(({ ok }) => !ok);
      // Only those that the click has disabled: who was disabled before stays so.
      const undoable = action === 'disable' ? done.filter((id) => wereEnabled.has(id)) : [];
      if (undoable.length > 0) {
        succeededWithUndo(
          `${countText(undoable.length)} disabled`,
          'What waited to be sent was cancelled.',
          () => apply('enable', undoable),
        );
      } else if (done.length > 0) {
        succeeded(`${countText(done.length)} ${DONE[action]}`);
      }
      if (refused.length > 0) warnOf(refused, action, seen);
      onDone();
    },
    onError: (error) => failed('Not all of them were changed', error),
    onSettled: () => queries.invalidateQueries({ queryKey: ['subscriptions'] }),
  });
  const apply = (action: BulkAction, ids: readonly string[]) =>
    bulk.mutate({ action, ids, wereEnabled: new Set(ids.filter((id) => seen(id)?.enabled)) });
  return { apply, isPending: bulk.isPending };
}

async function applyInParts({ action, ids }: Bulk): Promise<BulkResult[]> {
  const results: BulkResult[] = [];
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const body = { action, ids: ids.slice(from, from + AT_ONCE) };
    const { items } = await answer(api.POST('/subscriptions/bulk', { body }));
    results.push(...items);
  }
  return results;
}

function warnOf(refused: readonly BulkResult[], action: BulkAction, seen: Seen): void {
  warned(
    `${countText(refused.length)} could not be ${DONE[action]}`,
    refused
      .slice(0, NAMED)
      .map(({ id, problem }) => `${seen(id)?.name ?? id}: ${problem ?? ''}.`)
      .join(' '),
  );
}

function Names({ ids, seen }: Pick<SubscriptionBulkProps, 'ids' | 'seen'>) {
  const named = ids.slice(0, NAMED);
  return (
    <List size="sm">
      {named.map((id) => (
        <List.Item key={id}>{seen(id)?.name ?? id}</List.Item>
      ))}
      {ids.length > named.length && <List.Item>and {ids.length - named.length} more</List.Item>}
    </List>
  );
}

function countText(count: number): string {
  return count === 1 ? 'One subscription' : `${count} subscriptions`;
}
