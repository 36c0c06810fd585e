import { Module } from '@nestjs/common';
import { ScriptProvider } from './script.provider.js';

/** Import it beside `IntegrationModule` to deliver by scripts. */
@Module({ providers: [ScriptProvider] })
export class ScriptProviderModule {}
