export { SqsProviderModule } from './sqs-provider.module.js';
export { SQS_APPLICATION_CREDENTIALS, SqsProvider } from './sqs.provider.js';
export type { SqsConfig, SqsConnection } from './sqs-config.js';
