import { Module } from '@nestjs/common';
import { OpsgenieProvider } from './opsgenie.provider.js';

/** Import it beside `IntegrationModule` to alert by Opsgenie or Jira Service Management. */
@Module({ providers: [OpsgenieProvider] })
export class OpsgenieProviderModule {}
