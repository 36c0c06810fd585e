import { Webhook } from 'lucide-react';
import type { Area } from '../app/area';

export const subscriptions: Area = {
  label: 'Subscriptions',
  icon: Webhook,
  path: 'subscriptions',
  routes: [
    { path: 'subscriptions', lazy: () => import('./subscriptions.screen') },
    { path: 'subscriptions/new', lazy: () => import('./edit-subscription.screen') },
    { path: 'subscriptions/:id', lazy: () => import('./subscription.screen') },
    { path: 'subscriptions/:id/edit', lazy: () => import('./edit-subscription.screen') },
  ],
  commands: [
    { label: 'New subscription', to: '/subscriptions/new' },
    { label: 'Failing subscriptions', to: '/subscriptions?state=failing' },
    { label: 'Disabled subscriptions', to: '/subscriptions?state=disabled' },
  ],
};
