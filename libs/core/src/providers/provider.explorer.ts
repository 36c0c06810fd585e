import { Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { DeliveryProvider } from './delivery-provider.js';
import { integrationProviderOf } from './integration-provider.metadata.js';
import { ProviderRegistry } from './provider.registry.js';

/** The only discoverer of `@IntegrationProvider`: one pass at start. */
@Injectable()
export class ProviderExplorer {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly registry: ProviderRegistry,
  ) {}

  /** Registers all that are declared; returns what is wrong with them. */
  explore(): string[] {
    const problems: string[] = [];
    const seen = new Set<object>();
    for (const wrapper of this.discovery.getProviders()) {
      const target: unknown = wrapper.instance?.constructor ?? wrapper.metatype;
      if (wrapper.isAlias || typeof target !== 'function' || seen.has(target)) continue;
      const options = integrationProviderOf(target);
      if (!options) continue;
      seen.add(target);
      const instance: unknown = wrapper.instance;
      if (!wrapper.isDependencyTreeStatic() || wrapper.isTransient) {
        problems.push(
          `provider '${options.id}' (${target.name}) is request-scoped or transient: give it the default scope`,
        );
      } else if (!isDeliveryProvider(instance)) {
        problems.push(`provider '${options.id}' (${target.name}) has no method deliver(context)`);
      } else {
        const taken = this.registry.add(options, instance, target.name);
        if (taken) problems.push(taken);
      }
    }
    return problems;
  }
}

function isDeliveryProvider(instance: unknown): instance is DeliveryProvider {
  return (
    typeof instance === 'object' &&
    instance !== null &&
    'deliver' in instance &&
    typeof instance.deliver === 'function'
  );
}
