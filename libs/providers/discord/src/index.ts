export { DiscordProviderModule } from './discord-provider.module.js';
export { DiscordProvider } from './discord.provider.js';
export type { DiscordConfig, DiscordConnection } from './discord-config.js';
