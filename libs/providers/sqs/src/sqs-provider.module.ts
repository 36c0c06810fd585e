import { Module } from '@nestjs/common';
import { SqsProvider } from './sqs.provider.js';

/** Import it beside `IntegrationModule` to send to Amazon SQS. */
@Module({ providers: [SqsProvider] })
export class SqsProviderModule {}
