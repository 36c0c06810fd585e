import { Module } from '@nestjs/common';
import { DiscordProvider } from './discord.provider.js';

/** Import it beside `IntegrationModule` to post to Discord. */
@Module({ providers: [DiscordProvider] })
export class DiscordProviderModule {}
