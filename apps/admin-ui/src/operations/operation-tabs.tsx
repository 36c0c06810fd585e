import { Tabs } from '@mantine/core';
import { useNavigate } from 'react-router';
import { mounted } from '../api/mounted';

type OperationTab = 'replays' | 'workers' | 'audit-log' | 'retention';

const TABS: readonly (readonly [OperationTab, string])[] = mounted.seesAllTenants
  ? [
      ['replays', 'Replays'],
      ['workers', 'Queue and workers'],
      ['audit-log', 'Audit log'],
      ['retention', 'Retention and keys'],
    ]
  : [
      ['replays', 'Replays'],
      ['audit-log', 'Audit log'],
      ['retention', 'Erasures'],
    ];

export function OperationTabs({ tab }: { readonly tab: OperationTab }) {
  const navigate = useNavigate();
  return (
    <Tabs value={tab} onChange={(next) => void navigate(`/operations/${next ?? tab}`)}>
      <Tabs.List>
        {TABS.map(([name, label]) => (
          <Tabs.Tab key={name} value={name}>
            {label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
    </Tabs>
  );
}
