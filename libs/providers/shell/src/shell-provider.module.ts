import { Module, type DynamicModule } from '@nestjs/common';
import { resolveShellOptions, SHELL_OPTIONS, type ShellProviderOptions } from './shell-options.js';
import { ShellProvider } from './shell.provider.js';

/** Import it beside `IntegrationModule`. Without `forRoot({ enabled: true })` it refuses to run anything. */
@Module({ providers: [ShellProvider] })
export class ShellProviderModule {
  /** @throws TypeError where an option is wrong */
  static forRoot(options: ShellProviderOptions): DynamicModule {
    return {
      module: ShellProviderModule,
      providers: [{ provide: SHELL_OPTIONS, useValue: resolveShellOptions(options) }],
    };
  }
}
