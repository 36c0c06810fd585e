import { Module } from '@nestjs/common';
import { PagerDutyProvider } from './pagerduty.provider.js';

/** Import it beside `IntegrationModule` to alert by PagerDuty. */
@Module({ providers: [PagerDutyProvider] })
export class PagerDutyProviderModule {}
