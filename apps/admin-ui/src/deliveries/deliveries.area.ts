import { Send } from 'lucide-react';
import type { Area } from '../app/area';

export const deliveries: Area = {
  label: 'Deliveries',
  icon: Send,
  path: 'deliveries',
  routes: [
    { path: 'deliveries', lazy: () => import('./deliveries.screen') },
    { path: 'deliveries/:id', lazy: () => import('./delivery.screen') },
  ],
  commands: [
    { label: 'Failed deliveries', to: '/deliveries?status=failed' },
    { label: 'Deliveries that wait for a retry', to: '/deliveries?status=retrying' },
  ],
};
