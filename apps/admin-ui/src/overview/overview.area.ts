import { LayoutDashboard } from 'lucide-react';
import type { Area } from '../app/area';

export const overview: Area = {
  label: 'Overview',
  icon: LayoutDashboard,
  path: '',
  routes: [{ index: true, lazy: () => import('./overview.screen') }],
};
