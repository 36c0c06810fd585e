import { Activity } from 'lucide-react';
import { redirect } from 'react-router';
import { mounted } from '../api/mounted';
import type { Area } from '../app/area';

export const operations: Area = {
  label: 'Operations',
  icon: Activity,
  path: 'operations',
  routes: [
    { path: 'operations', loader: () => redirect('/operations/replays') },
    { path: 'operations/replays', lazy: () => import('./replays.screen') },
    { path: 'operations/replays/:id', lazy: () => import('./replay.screen') },
    { path: 'operations/workers', lazy: () => import('./workers.screen') },
    { path: 'operations/audit-log', lazy: () => import('./audit-log.screen') },
    { path: 'operations/retention', lazy: () => import('./retention.screen') },
  ],
  commands: [
    { label: 'Replays and recoveries', to: '/operations/replays' },
    { label: 'Audit log', to: '/operations/audit-log' },
    ...(mounted.seesAllTenants
      ? [
          { label: 'Queue and workers', to: '/operations/workers' },
          { label: 'Retention, erasures and keys', to: '/operations/retention' },
        ]
      : [{ label: 'Erasures', to: '/operations/retention' }]),
  ],
};
