import { Activity } from 'lucide-react';
import type { Area } from '../app/area';

export const operations: Area = {
  label: 'Operations',
  icon: Activity,
  path: 'operations',
  routes: [],
};
