import { randomBytes } from 'node:crypto';
import {
  ProviderTrial,
  type DeliveryProvider,
  type RegisteredProvider,
} from '@nest-integrations/core';
import type { ModuleMetadata, Provider, Type } from '@nestjs/common';
import { PlatformModule } from '../platform.module.js';
import { providerPage, providersIndex } from './provider-page.js';

type ImportedModule = NonNullable<ModuleMetadata['imports']>[number];

/** Not started: it is only asked what it imports. */
const PLATFORM = PlatformModule.with({
  origin: 'http://localhost:3000',
  databaseUrl: 'postgres://localhost/none',
  redisUrl: undefined,
  keys: [{ id: 'docs', key: randomBytes(32).toString('base64') }],
  adminToken: 'none',
  isProduction: false,
  workerEnabled: false,
  shutdownGraceMs: 0,
  slackApiUrl: 'https://slack.com/api',
  shell: {},
});

/** Text by file name, of every provider that the platform imports. */
export async function providerPages(): Promise<Map<string, string>> {
  const providers = (await describedProviders()).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return new Map([
    ['README.md', providersIndex(providers)],
    ...providers.map((provider): [string, string] => [`${provider.id}.md`, providerPage(provider)]),
  ]);
}

/** What they declare of themselves needs nothing of what they inject. */
async function describedProviders(): Promise<RegisteredProvider[]> {
  const classes = (PLATFORM.imports ?? []).flatMap(providersOf).filter(isProvider);
  const described: RegisteredProvider[] = [];
  for (const target of classes) {
    const trial = new ProviderTrial(new target());
    described.push(trial.provider);
    await trial.close();
  }
  return described;
}

/** Those of the decorator, and those that its `forRoot` or `at` adds. */
function providersOf(imported: ImportedModule): Provider[] {
  if (typeof imported === 'function') {
    // The engine's own classes deliver too, and are no providers.
    const isOfProvider = imported.name.endsWith('ProviderModule');
    return isOfProvider ? (Reflect.getMetadata('providers', imported) ?? []) : [];
  }
  if (!('module' in imported)) return [];
  const declared = providersOf(imported.module);
  return declared.length > 0 ? [...declared, ...(imported.providers ?? [])] : [];
}

function isProvider(provider: Provider): provider is Type<DeliveryProvider> {
  return typeof provider === 'function' && 'deliver' in provider.prototype;
}
