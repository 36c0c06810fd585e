import { Zap } from 'lucide-react';
import type { Area } from '../app/area';

export const events: Area = {
  label: 'Events',
  icon: Zap,
  path: 'events',
  routes: [],
};
