import { Alert, Button, Group, Loader, Select, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { valueAt, type FieldPath } from '../field-path';
import { useFormContext } from '../form-context';
import { labelOf } from '../form-schema';
import type { FieldProps } from '../field-props';
import { useField } from './use-field';

const MORE = '\u0000more';
const TYPING_MS = 250;

/** A value that the provider lists: chosen by its name, stored by its id. */
export function OptionsField(props: FieldProps) {
  const { config, loadOptions, optionsKey } = useFormContext();
  const { value, set, input } = useField(props);
  const { schema, path, isRequired } = props;
  const [isTyped, setTyped] = useState(false);
  const [isOpen, setOpen] = useState(false);
  const [search, setSearch] = useState('');
  // Every item of a list has the options of the list's items.
  const field = path.filter((step) => typeof step === 'string').join('.');
  const { dependsOn = [], searchable = false } = schema['x-options'] ?? {};
  const parents = dependsOn.map((name) => [name, valueAt(config, pathOf(name))] as const);
  const missing = parents.find(([, parent]) => parent === undefined || parent === '');
  const chosen = typeof value === 'string' ? value : null;
  const [known, setKnown] = useState<string | null>(null);
  // What is shown as chosen is no search.
  const [asked] = useDebouncedValue(searchable && search !== known ? search : '', TYPING_MS);

  const query = useInfiniteQuery({
    queryKey: ['options', optionsKey, field, parents, asked],
    enabled: missing === undefined && !isTyped && (isOpen || chosen !== null),
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      loadOptions({
        field,
        values: config,
        search: asked,
        signal,
        ...(pageParam !== undefined && { cursor: pageParam }),
      }),
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    retry: false,
    staleTime: 30_000,
  });
  const options = query.data?.pages.flatMap((page) => page.options) ?? [];

  if (missing) {
    const [name] = missing;
    return (
      <Select
        {...input}
        data={[]}
        value={null}
        disabled
        placeholder={`Choose ${labelOf(name.split('.').at(-1) ?? name, {}).toLowerCase()} first`}
        maw={420}
      />
    );
  }
  if (isTyped) {
    return (
      <Group align="flex-end" gap="xs">
        <TextInput
          {...input}
          value={chosen ?? ''}
          placeholder={schema['x-placeholder'] ?? 'Its id'}
          onChange={(event) => set(event.currentTarget.value || undefined)}
          style={{ flex: 1 }}
          maw={420}
        />
        <Button variant="subtle" size="sm" onClick={() => setTyped(false)}>
          Choose from a list
        </Button>
      </Group>
    );
  }
  const isKnown = options.some((option) => option.value === chosen);
  const data = [
    ...(chosen !== null && !isKnown ? [{ value: chosen, label: chosen }] : []),
    ...options.map(({ value: id, label }) => ({ value: id, label })),
    ...(query.hasNextPage ? [{ value: MORE, label: 'Load more…' }] : []),
  ];
  return (
    <div>
      <Select
        {...input}
        data={data}
        value={chosen}
        searchable
        searchValue={search}
        onSearchChange={setSearch}
        {...(searchable && { filter: ({ options: all }) => all })}
        onDropdownOpen={() => setOpen(true)}
        clearable={!isRequired}
        allowDeselect={!isRequired}
        limit={200}
        placeholder={query.isFetching ? 'Loading…' : 'Choose'}
        rightSection={query.isFetching ? <Loader size={16} aria-label="Loading" /> : undefined}
        nothingFoundMessage={query.isFetching ? 'Loading…' : emptyText(search, query.isError)}
        renderOption={({ option }) => {
          const full = options.find(({ value: id }) => id === option.value);
          return (
            <div>
              <Text size="sm">{option.label}</Text>
              {full?.description !== undefined && (
                <Text size="xs" c="dimmed">
                  {full.description}
                </Text>
              )}
            </div>
          );
        }}
        onChange={(next) => {
          if (next === MORE) {
            void query.fetchNextPage();
            return;
          }
          setKnown(options.find((option) => option.value === next)?.label ?? next);
          set(next ?? undefined);
        }}
        maw={420}
      />
      {query.isError && (
        <Alert color="red" mt="xs" maw={420} title="The list could not be loaded">
          <Text size="sm">{query.error.message}</Text>
          <Group gap="xs" mt="xs">
            <Button size="compact-sm" variant="default" onClick={() => void query.refetch()}>
              Try again
            </Button>
            <Button size="compact-sm" variant="subtle" onClick={() => setTyped(true)}>
              Type the id
            </Button>
          </Group>
        </Alert>
      )}
    </div>
  );
}

function pathOf(name: string): FieldPath {
  return name.split('.');
}

function emptyText(search: string, isFailed: boolean): string {
  if (isFailed) return 'Not loaded';
  return search === '' ? 'There is nothing to choose from' : `Nothing is called “${search}”`;
}
