import { Tabs } from '@mantine/core';
import { useNavigate } from 'react-router';

/** What has happened, and what can happen. */
export function EventTabs({ tab }: { readonly tab: 'events' | 'events/types' }) {
  const navigate = useNavigate();
  return (
    <Tabs value={tab} onChange={(next) => void navigate(`/${next ?? tab}`)}>
      <Tabs.List>
        <Tabs.Tab value="events">Recent events</Tabs.Tab>
        <Tabs.Tab value="events/types">Catalogue</Tabs.Tab>
      </Tabs.List>
    </Tabs>
  );
}
