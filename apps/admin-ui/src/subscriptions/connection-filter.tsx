import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, api } from '../api/client';
import { keys } from '../api/query-keys';

interface ConnectionFilterProps {
  readonly provider: string;
  readonly connectionId: string;
  readonly onChange: (connectionId: string) => void;
}

const SHOWN = 50;
const TYPING_MS = 250;

/** Of a provider's connections, where one is chosen; there may be more of them than a list can show. */
export function ConnectionFilter({ provider, connectionId, onChange }: ConnectionFilterProps) {
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed, TYPING_MS);
  const chosen = useQuery({
    queryKey: keys.connection(connectionId),
    queryFn: ({ signal }) =>
      answer(api.GET('/connections/{id}', { params: { path: { id: connectionId } }, signal })),
    enabled: connectionId !== '',
  });
  const chosenName = chosen.data?.name;
  // What is chosen is typed too, in a way: it is not what is looked for.
  const query = {
    limit: SHOWN,
    ...(provider !== '' && { provider }),
    ...(search !== '' && search !== chosenName && { search }),
  };
  const found = useQuery({
    queryKey: keys.connections(query),
    queryFn: ({ signal }) => answer(api.GET('/connections', { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
  const options = (found.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }));
  const isListed = options.some(({ value }) => value === connectionId);
  if (connectionId !== '' && !isListed) {
    options.unshift({ value: connectionId, label: chosenName ?? connectionId });
  }
  return (
    <Select
      aria-label="Connection"
      placeholder="Any connection"
      clearable
      searchable
      nothingFoundMessage="There is none"
      data={options}
      value={connectionId || null}
      onSearchChange={setTyped}
      onChange={(id) => onChange(id ?? '')}
    />
  );
}
