export { WebhookProviderModule } from './webhook-provider.module.js';
export { WEBHOOK_CLOCK, WebhookProvider } from './webhook.provider.js';
export type { WebhookConfig } from './webhook-config.js';
export { signStandardWebhook, type SignedMessage } from './standard-webhooks.signer.js';
