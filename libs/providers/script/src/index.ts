export { ScriptProviderModule } from './script-provider.module.js';
export { ScriptProvider } from './script.provider.js';
export type { ScriptConfig } from './script-config.js';
