export { OpsgenieProviderModule } from './opsgenie-provider.module.js';
export { OPSGENIE_API_URL, OpsgenieProvider } from './opsgenie.provider.js';
export type { OpsgenieConfig, OpsgenieConnection } from './opsgenie-config.js';
