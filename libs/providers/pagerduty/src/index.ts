export { PagerDutyProviderModule } from './pagerduty-provider.module.js';
export { PAGERDUTY_EVENTS_URL, PagerDutyProvider } from './pagerduty.provider.js';
export type { PagerDutyConfig, PagerDutyConnection } from './pagerduty-config.js';
