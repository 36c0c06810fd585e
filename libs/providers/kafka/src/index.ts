export { KafkaProviderModule } from './kafka-provider.module.js';
export { KafkaProvider } from './kafka.provider.js';
export type { KafkaConfig, KafkaConnection } from './kafka-config.js';
