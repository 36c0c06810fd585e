import {
  INTEGRATION_PROVIDER,
  type IntegrationProviderOptions,
} from './integration-provider.decorator.js';

/** The only reader of what `@IntegrationProvider` wrote. Own metadata: a subclass is no second declaration. */
export function integrationProviderOf(target: object): IntegrationProviderOptions | undefined {
  const options: IntegrationProviderOptions | undefined = Reflect.getOwnMetadata(
    INTEGRATION_PROVIDER,
    target,
  );
  return options;
}
