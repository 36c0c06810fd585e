import { Cable } from 'lucide-react';
import type { Area } from '../app/area';

export const connections: Area = {
  label: 'Connections',
  icon: Cable,
  path: 'connections',
  routes: [],
};
