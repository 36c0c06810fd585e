import { Module } from '@nestjs/common';
import { WebhookProvider } from './webhook.provider.js';

/** Import it beside `IntegrationModule` to deliver webhooks. */
@Module({ providers: [WebhookProvider] })
export class WebhookProviderModule {}
