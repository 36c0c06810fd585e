import { Module } from '@nestjs/common';
import { RabbitMqProvider } from './rabbitmq.provider.js';

/** Import it beside `IntegrationModule` to publish to RabbitMQ. */
@Module({ providers: [RabbitMqProvider] })
export class RabbitMqProviderModule {}
