import { connections } from '../connections/connections.area';
import { deliveries } from '../deliveries/deliveries.area';
import { events } from '../events/events.area';
import { operations } from '../operations/operations.area';
import { overview } from '../overview/overview.area';
import { subscriptions } from '../subscriptions/subscriptions.area';
import type { Area } from './area';

/** In the order of the navigation; one without a screen is not shown. */
export const areas: readonly Area[] = [
  overview,
  subscriptions,
  deliveries,
  events,
  connections,
  operations,
].filter((area) => area.routes.length > 0);
