import { Zap } from 'lucide-react';
import type { Area } from '../app/area';

export const events: Area = {
  label: 'Events',
  icon: Zap,
  path: 'events',
  routes: [
    { path: 'events', lazy: () => import('./events.screen') },
    { path: 'events/:id', lazy: () => import('./event.screen') },
    { path: 'events/types', lazy: () => import('./event-types.screen') },
    { path: 'events/types/:id', lazy: () => import('./event-type.screen') },
  ],
  commands: [{ label: 'Catalogue of event types', to: '/events/types' }],
};
