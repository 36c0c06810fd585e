import { Webhook } from 'lucide-react';
import type { Area } from '../app/area';

export const subscriptions: Area = {
  label: 'Subscriptions',
  icon: Webhook,
  path: 'subscriptions',
  routes: [],
};
