import { Module } from '@nestjs/common';
import { WebexProvider } from './webex.provider.js';

/** Import it beside `IntegrationModule` to post to Webex. */
@Module({ providers: [WebexProvider] })
export class WebexProviderModule {}
