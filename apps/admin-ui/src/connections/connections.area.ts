import { Plug } from 'lucide-react';
import type { Area } from '../app/area';

export const connections: Area = {
  label: 'Connections',
  icon: Plug,
  path: 'connections',
  routes: [
    { path: 'connections', lazy: () => import('./connections.screen') },
    { path: 'connections/new', lazy: () => import('./new-connection.screen') },
    { path: 'connections/:id', lazy: () => import('./connection.screen') },
  ],
  commands: [{ label: 'New connection', to: '/connections/new' }],
};
