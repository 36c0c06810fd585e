import { Module } from '@nestjs/common';
import { JiraProvider } from './jira.provider.js';

/** Import it beside `IntegrationModule` to deliver to Jira. */
@Module({ providers: [JiraProvider] })
export class JiraProviderModule {}
