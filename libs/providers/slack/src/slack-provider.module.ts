import { Module } from '@nestjs/common';
import { SlackProvider } from './slack.provider.js';

/** Import it beside `IntegrationModule` to deliver to Slack. */
@Module({ providers: [SlackProvider] })
export class SlackProviderModule {}
