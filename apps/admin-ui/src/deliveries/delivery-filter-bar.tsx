import { Button, Chip, Group, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { useEventTypes, useProviders } from '../api/catalogue';
import { answer, api } from '../api/client';
import { keys } from '../api/query-keys';
import { SearchField } from '../parts/search-field';
import { shortId } from '../parts/short-id';
import classes from './delivery-filter-bar.module.css';
import { isFiltered, SPANS, STATUSES, statusesOf, type DeliveryFilters } from './delivery-filters';

interface FilterBarProps {
  readonly filters: DeliveryFilters;
  readonly onChange: (changes: Partial<DeliveryFilters>) => void;
}

/** All of it stands in the address. */
export function DeliveryFilterBar({ filters, onChange }: FilterBarProps) {
  const eventTypes = useEventTypes();
  const providers = useProviders();
  return (
    <div className={classes.bar}>
      <div className={classes.fields}>
        <div className={classes.search}>
          <SearchField
            label="Search by delivery, event or external id"
            value={filters.search}
            onChange={(search) => onChange({ search })}
          />
        </div>
        <Select
          aria-label="Event type"
          placeholder="Every event type"
          searchable
          clearable
          data={withChosen(
            (eventTypes.data?.items ?? []).map(({ id }) => ({ value: id, label: id })),
            filters.eventType,
          )}
          value={filters.eventType || null}
          onChange={(eventType) => onChange({ eventType: eventType ?? '' })}
        />
        <Select
          aria-label="Provider"
          placeholder="Every provider"
          clearable
          data={withChosen(
            (providers.data?.items ?? []).map(({ id, displayName }) => ({
              value: id,
              label: displayName,
            })),
            filters.provider,
          )}
          value={filters.provider || null}
          onChange={(provider) => onChange({ provider: provider ?? '' })}
        />
        <Select
          aria-label="Accepted"
          placeholder="Any time"
          clearable
          data={SPANS.map(({ value, label }) => ({ value, label }))}
          value={filters.since || null}
          onChange={(since) => onChange({ since: since ?? '', from: '', to: '' })}
        />
      </div>
      <Group gap={6} className={classes.chips}>
        <Chip.Group
          multiple
          value={statusesOf(filters)}
          onChange={(statuses) => onChange({ status: statuses.join(',') })}
        >
          <Group gap={6} role="group" aria-label="Status">
            {STATUSES.map((status) => (
              <Chip key={status} value={status} size="xs" variant="outline">
                {status}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
        <Pinned filters={filters} onChange={onChange} />
        {isFiltered(filters) && (
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            c="dimmed"
            onClick={() =>
              onChange(Object.fromEntries(Object.keys(filters).map((name) => [name, ''])))
            }
          >
            Clear all
          </Button>
        )}
      </Group>
    </div>
  );
}

/** Filters that other screens link with: each can be taken away. */
function Pinned({ filters: { subscriptionId, eventId, from, to }, onChange }: FilterBarProps) {
  const subscription = useQuery({
    queryKey: keys.subscription(subscriptionId),
    queryFn: ({ signal }) =>
      answer(api.GET('/subscriptions/{id}', { params: { path: { id: subscriptionId } }, signal })),
    enabled: subscriptionId !== '',
  });
  return (
    <>
      {subscriptionId !== '' && (
        <Pin
          text={`Subscription ${subscription.data?.name ?? shortId(subscriptionId)}`}
          onRemove={() => onChange({ subscriptionId: '' })}
        />
      )}
      {eventId !== '' && (
        <Pin text={`Event ${shortId(eventId)}`} onRemove={() => onChange({ eventId: '' })} />
      )}
      {(from !== '' || to !== '') && (
        <Pin text={spanText(from, to)} onRemove={() => onChange({ from: '', to: '' })} />
      )}
    </>
  );
}

const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

function spanText(from: string, to: string): string {
  const text = (iso: string): string =>
    Number.isNaN(Date.parse(iso)) ? iso : MOMENT.format(new Date(iso));
  if (from === '') return `Before ${text(to)}`;
  return to === '' ? `Since ${text(from)}` : `${text(from)} to ${text(to)}`;
}

function Pin({ text, onRemove }: { readonly text: string; readonly onRemove: () => void }) {
  return (
    <span className={classes.pin}>
      {text}
      <button type="button" aria-label={`Without: ${text}`} onClick={onRemove}>
        <X size={12} aria-hidden />
      </button>
    </span>
  );
}

/** A value that the list does not have (yet) is shown as it is. */
function withChosen(
  options: readonly { value: string; label: string }[],
  chosen: string,
): { value: string; label: string }[] {
  const isKnown = chosen === '' || options.some(({ value }) => value === chosen);
  return isKnown ? [...options] : [...options, { value: chosen, label: chosen }];
}
