import { useMantineColorScheme } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import {
  Spotlight,
  type SpotlightActionData,
  type SpotlightActionGroupData,
} from '@mantine/spotlight';
import { useQuery } from '@tanstack/react-query';
import { Moon, Search, Send, Sun, Webhook } from 'lucide-react';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { answer, api } from '../api/client';
import { keys } from '../api/query-keys';
import { areas } from './areas';

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
const FOUND_AT_MOST = 5;

/** Ctrl-K: every page, every subscription, and any delivery by its id. */
export function CommandPalette() {
  const [query, setQuery] = useState('');
  const found = useFoundSubscriptions(query.trim());
  const navigate = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  const goTo = (to: string) => () => void navigate(to);
  const isId = UUID.test(query.trim());

  const groups: SpotlightActionGroupData[] = [
    {
      group: 'Found',
      actions: [
        ...(isId
          ? [
              {
                id: 'delivery',
                label: 'Open the delivery of this id',
                keywords: query,
                leftSection: <Send size={16} aria-hidden />,
                onClick: goTo(`/deliveries/${query.trim()}`),
              },
            ]
          : []),
        ...found.map(({ id, name, provider }) => ({
          id,
          label: name,
          description: `Subscription · ${provider}`,
          keywords: query,
          leftSection: <Webhook size={16} aria-hidden />,
          onClick: goTo(`/subscriptions/${id}`),
        })),
      ],
    },
    { group: 'Pages', actions: areas.flatMap((area) => pagesOf(area, goTo)) },
    {
      group: 'Colours',
      actions: [
        {
          id: 'light',
          label: 'Light colours',
          leftSection: <Sun size={16} aria-hidden />,
          onClick: () => setColorScheme('light'),
        },
        {
          id: 'dark',
          label: 'Dark colours',
          leftSection: <Moon size={16} aria-hidden />,
          onClick: () => setColorScheme('dark'),
        },
      ],
    },
  ];
  return (
    <Spotlight
      query={query}
      onQueryChange={setQuery}
      actions={groups.filter(({ actions }) => actions.length > 0)}
      shortcut={['mod + K']}
      nothingFound="Nothing of that name"
      highlightQuery
      scrollable
      searchProps={{
        leftSection: <Search size={18} aria-hidden />,
        placeholder: 'A page, a subscription, the id of a delivery',
        'aria-label': 'Go to',
      }}
    />
  );
}

function pagesOf(
  { label, icon: Icon, path, commands = [] }: (typeof areas)[number],
  goTo: (to: string) => () => void,
): SpotlightActionData[] {
  const leftSection = <Icon size={16} aria-hidden />;
  return [
    { id: `/${path}`, label, leftSection, onClick: goTo(`/${path}`) },
    ...commands.map((command) => ({
      id: command.to,
      label: command.label,
      leftSection,
      onClick: goTo(command.to),
    })),
  ];
}

function useFoundSubscriptions(query: string) {
  const [search] = useDebouncedValue(query, 200);
  const { data } = useQuery({
    queryKey: keys.subscriptions({ search, limit: FOUND_AT_MOST }),
    queryFn: ({ signal }) =>
      answer(
        api.GET('/subscriptions', { params: { query: { search, limit: FOUND_AT_MOST } }, signal }),
      ),
    enabled: search.length >= 2 && !UUID.test(search),
  });
  return data?.items ?? [];
}
