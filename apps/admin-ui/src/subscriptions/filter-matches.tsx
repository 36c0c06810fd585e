import { Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { answer, api } from '../api/client';
import { keys } from '../api/query-keys';
import type { SubscriptionDraft } from './subscription-draft';

const LAST = 100;
const TYPING_MS = 400;

type FilterMatchesProps = Pick<SubscriptionDraft, 'eventTypes' | 'filter'>;

/** What the filter would have let through lately. */
export function FilterMatches(props: FilterMatchesProps) {
  const [{ eventTypes, filter }] = useDebouncedValue(props, TYPING_MS);
  const body = { eventTypes: [...eventTypes], filter: filter && { ...filter }, last: LAST };
  const preview = useQuery({
    queryKey: keys.filterPreview(body),
    queryFn: ({ signal }) => answer(api.POST('/subscriptions/filter-preview', { body, signal })),
    enabled: eventTypes.length > 0 && filter !== null,
    placeholderData: keepPreviousData,
    retry: false,
  });
  if (filter === null || eventTypes.length === 0) return null;
  // What is wrong with the filter is said at the filter, when it is saved.
  if (preview.error) {
    return (
      <Text size="sm" c="dimmed" role="status">
        {preview.error.message}
      </Text>
    );
  }
  if (!preview.data) return null;
  const { matched, of } = preview.data;
  return (
    <Text size="sm" role="status">
      {of === 0
        ? 'None of these events has happened yet, so there is nothing to compare with.'
        : `Would have matched ${matched} of the last ${of} ${of === 1 ? 'event' : 'events'}.`}
    </Text>
  );
}
