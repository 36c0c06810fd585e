export { TeamsProviderModule } from './teams-provider.module.js';
export { MICROSOFT_GRAPH_URL, TeamsProvider } from './teams.provider.js';
export type { TeamsConfig, TeamsConnection } from './teams-config.js';
