import { ConfigurableModuleBuilder, Module } from '@nestjs/common';
import {
  RESOLVED_OPTIONS,
  resolveOptions,
  type IntegrationOptions,
} from './integration-options.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<IntegrationOptions>().setClassMethodName('forRoot').build();

export type IntegrationAsyncOptions = typeof ASYNC_OPTIONS_TYPE;

/** Checks what the host passed, once; everything else injects the result. */
@Module({
  providers: [
    {
      provide: RESOLVED_OPTIONS,
      inject: [MODULE_OPTIONS_TOKEN],
      useFactory: (options: unknown) => resolveOptions(options),
    },
  ],
  exports: [RESOLVED_OPTIONS],
})
export class IntegrationOptionsModule extends ConfigurableModuleClass {}
