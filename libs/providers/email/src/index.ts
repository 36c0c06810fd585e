export { EmailProviderModule } from './email-provider.module.js';
export { EmailProvider } from './email.provider.js';
export type { EmailConfig, EmailConnection } from './email-config.js';
