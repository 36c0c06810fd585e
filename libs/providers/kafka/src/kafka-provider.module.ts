import { Module } from '@nestjs/common';
import { KafkaProvider } from './kafka.provider.js';

/** Import it beside `IntegrationModule` to send to Kafka. */
@Module({ providers: [KafkaProvider] })
export class KafkaProviderModule {}
