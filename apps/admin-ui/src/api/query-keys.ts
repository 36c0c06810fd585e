/**
 * The names under which answers are kept. A live message makes all below a name stale, so what
 * belongs to a list stands below the list's name.
 */
export const keys = {
  overview: (hours: number) => ['overview', hours] as const,
  deliveries: (query: object) => ['deliveries', 'list', query] as const,
  delivery: (id: string) => ['deliveries', 'one', id] as const,
  subscriptions: (query: object) => ['subscriptions', 'list', query] as const,
  subscription: (id: string) => ['subscriptions', 'one', id] as const,
  subscriptionPreview: (draft: object | null) => ['previews', 'subscription', draft] as const,
  filterPreview: (query: object) => ['previews', 'filter', query] as const,
  recoverable: (id: string) => ['subscriptions', 'one', id, 'recoverable'] as const,
  subscriptionActivity: (ids: readonly string[], hours: number) =>
    ['subscriptions', 'activity', ids, hours] as const,
  subscriptionStatistics: (id: string, hours: number) =>
    ['subscriptions', 'one', id, 'statistics', hours] as const,
  eventTypes: () => ['event-types'] as const,
  eventType: (id: string) => ['event-types', id] as const,
  events: (query: object) => ['events', 'list', query] as const,
  event: (id: string) => ['events', 'one', id] as const,
  providers: () => ['providers'] as const,
  provider: (id: string) => ['providers', id] as const,
  connections: (query: object) => ['connections', 'list', query] as const,
  connection: (id: string) => ['connections', 'one', id] as const,
  replays: (query: object) => ['replays', 'list', query] as const,
  replay: (id: string) => ['replays', 'one', id] as const,
  auditLog: (query: object) => ['audit-log', query] as const,
  workers: () => ['workers'] as const,
  retention: () => ['retention'] as const,
  erasures: (query: object) => ['erasures', query] as const,
  secretKeys: () => ['secret-keys'] as const,
};
