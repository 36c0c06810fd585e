import { Global, Module, type DynamicModule } from '@nestjs/common';
import { PlatformAddress } from './platform-address.js';

@Global()
@Module({})
export class PlatformAddressModule {
  static at(origin: string): DynamicModule {
    return {
      module: PlatformAddressModule,
      providers: [{ provide: PlatformAddress, useValue: new PlatformAddress(origin) }],
      exports: [PlatformAddress],
    };
  }
}
