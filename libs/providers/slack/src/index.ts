export { SlackProviderModule } from './slack-provider.module.js';
export { SLACK_API_URL, SlackProvider } from './slack.provider.js';
export type { SlackConfig, SlackConnection } from './slack-config.js';
