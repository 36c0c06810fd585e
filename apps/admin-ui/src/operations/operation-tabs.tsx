import { Tabs } from '@mantine/core';
import { useNavigate } from 'react-router';

export const OPERATION_TABS = {
  replays: 'Replays',
  workers: 'Queue and workers',
  'audit-log': 'Audit log',
  retention: 'Retention and keys',
} as const;

export function OperationTabs({ tab }: { readonly tab: keyof typeof OPERATION_TABS }) {
  const navigate = useNavigate();
  return (
    <Tabs value={tab} onChange={(next) => void navigate(`/operations/${next ?? tab}`)}>
      <Tabs.List>
        {Object.entries(OPERATION_TABS).map(([name, label]) => (
          <Tabs.Tab key={name} value={name}>
            {label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
    </Tabs>
  );
}
