import { EVENT_TYPE_FORM } from '@nest-integrations/common';
import { Module, type DynamicModule } from '@nestjs/common';
import { EventTypeRegistry } from './event-type.registry.js';
import { IntegrationSetupError } from '../integration.error.js';

export interface IntegrationFeatureOptions {
  /** Prefix of the ids of the events that the importing module provides: `incident`. */
  readonly namespace: string;
}

/** Marks the feature module's options for the explorer. */
export class IntegrationFeature {
  constructor(readonly namespace: string) {}
}

/** Gives the module that imports it a namespace for its event ids. */
@Module({})
export class IntegrationFeatureModule {
  static forFeature({ namespace }: IntegrationFeatureOptions): DynamicModule {
    if (!EVENT_TYPE_FORM.test(namespace)) {
      throw new TypeError(
        `IntegrationModule.forFeature({ namespace: '${namespace}' }): use dotted lower case, like 'incident'`,
      );
    }
    return {
      module: IntegrationFeatureModule,
      providers: [
        {
          provide: IntegrationFeature,
          inject: [EventTypeRegistry],
          useFactory: (registry: EventTypeRegistry) => {
            // A lazily loaded module: its events would be listed nowhere and reach nobody.
            if (registry.closed) {
              throw new IntegrationSetupError([
                `the feature '${namespace}' was loaded after the start: import its module eagerly`,
              ]);
            }
            return new IntegrationFeature(namespace);
          },
        },
      ],
    };
  }
}
