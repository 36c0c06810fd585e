import { Module, type DynamicModule } from '@nestjs/common';
import { SLACK_API_URL, SlackProvider } from './slack.provider.js';

/** Import it beside `IntegrationModule` to deliver to Slack. */
@Module({ providers: [SlackProvider] })
export class SlackProviderModule {
  /** With the Web API at another address: `https://slack-gov.com/api`. */
  static at(apiUrl: string): DynamicModule {
    return {
      module: SlackProviderModule,
      providers: [{ provide: SLACK_API_URL, useValue: apiUrl }],
    };
  }
}
