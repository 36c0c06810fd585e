import { Module } from '@nestjs/common';
import { EmailProvider } from './email.provider.js';

/** Import it beside `IntegrationModule` to send e-mail. */
@Module({ providers: [EmailProvider] })
export class EmailProviderModule {}
