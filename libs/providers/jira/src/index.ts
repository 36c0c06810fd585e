export { JiraProviderModule } from './jira-provider.module.js';
export { JiraProvider } from './jira.provider.js';
export type { JiraConfig, JiraConnection } from './jira-config.js';
