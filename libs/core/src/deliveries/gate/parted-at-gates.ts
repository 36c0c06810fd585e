import type { RoutedEvents } from '../event.store.js';
import type { Line } from './gate.rows.js';

/** What is due at once, and the lines at gates that got longer. */
export function partedAtGates({ deliveries }: RoutedEvents): { due: string[]; lines: Line[] } {
  const due: string[] = [];
  const lines: Line[] = [];
  for (const { id, subscriptionId, gate } of deliveries) {
    if (gate) lines.push({ subscriptionId, orderKey: gate.orderKey });
    else due.push(id);
  }
  return { due, lines };
}
