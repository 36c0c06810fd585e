export { RabbitMqProviderModule } from './rabbitmq-provider.module.js';
export { RabbitMqProvider } from './rabbitmq.provider.js';
export type { RabbitMqConfig, RabbitMqConnection } from './rabbitmq-config.js';
