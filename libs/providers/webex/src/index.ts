export { WebexProviderModule } from './webex-provider.module.js';
export { WEBEX_API_URL, WebexProvider } from './webex.provider.js';
export type { WebexConfig, WebexConnection } from './webex-config.js';
