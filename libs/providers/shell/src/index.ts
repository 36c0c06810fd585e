export { ShellProviderModule } from './shell-provider.module.js';
export { ShellProvider } from './shell.provider.js';
export type { ShellConfig } from './shell-config.js';
export type { ShellProviderOptions } from './shell-options.js';
