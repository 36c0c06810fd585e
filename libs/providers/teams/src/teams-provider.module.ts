import { Module } from '@nestjs/common';
import { TeamsProvider } from './teams.provider.js';

/** Import it beside `IntegrationModule` to deliver to Microsoft Teams. */
@Module({ providers: [TeamsProvider] })
export class TeamsProviderModule {}
