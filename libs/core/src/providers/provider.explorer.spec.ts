import { Injectable, Module, Scope, type Type } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { delivered } from './delivery-outcome.js';
import { IntegrationProvider } from './integration-provider.decorator.js';
import { ProviderExplorer } from './provider.explorer.js';
import { ProviderRegistry } from './provider.registry.js';
import { versioned } from './versioned.js';

const config = versioned(1, z.object({ room: z.string() }));

@Injectable()
class Greeting {
  readonly text = 'hello';
}

@Injectable()
@IntegrationProvider({ id: 'chat', displayName: 'Chat', config })
class ChatProvider {
  constructor(readonly greeting: Greeting) {}

  async deliver() {
    return delivered();
  }
}

async function explore(...providers: Type[]) {
  @Module({
    imports: [DiscoveryModule],
    providers: [
      Greeting,
      ProviderRegistry,
      ProviderExplorer,
      ...providers,
      { provide: 'ALIAS', useExisting: ChatProvider },
      { provide: 'BY_VALUE', useValue: null },
    ],
  })
  class HostModule {}

  const module = await Test.createTestingModule({ imports: [HostModule] }).compile();
  return {
    problems: module.get(ProviderExplorer).explore(),
    registry: module.get(ProviderRegistry),
  };
}

describe('providers', () => {
  it('are found once, with their dependencies, and shown by their schema', async () => {
    const { problems, registry } = await explore(ChatProvider);
    expect(problems).toEqual([]);
    expect(registry.list()).toHaveLength(1);
    const { instance, configSchema } = registry.get('chat');
    expect(instance).toMatchObject({ greeting: { text: 'hello' } });
    expect(configSchema.properties).toHaveProperty('room');
    expect(() => registry.get('fax')).toThrow(/No provider 'fax'/);
  });

  it('of one id stop the start, naming both classes; a subclass is no second one', async () => {
    @IntegrationProvider({ id: 'chat', displayName: 'Other', config })
    class OtherChat extends ChatProvider {}

    class Derived extends ChatProvider {}

    const { problems } = await explore(ChatProvider, OtherChat, Derived);
    expect(problems).toEqual([
      "provider 'chat' is declared twice: by ChatProvider and by OtherChat",
    ]);
  });

  it('that can’t deliver are all named at once', async () => {
    @IntegrationProvider({ id: 'mute', displayName: 'Mute', config })
    class MuteProvider {}

    @Injectable({ scope: Scope.REQUEST })
    @IntegrationProvider({ id: 'per-request', displayName: 'Per request', config })
    class PerRequest extends ChatProvider {}

    @Injectable({ scope: Scope.TRANSIENT })
    @IntegrationProvider({ id: 'fleeting', displayName: 'Fleeting', config })
    class Fleeting extends ChatProvider {}

    const { problems } = await explore(ChatProvider, MuteProvider, PerRequest, Fleeting);
    expect(problems.toSorted()).toEqual([
      expect.stringContaining("'fleeting' (Fleeting) is request-scoped or transient"),
      expect.stringContaining("'mute' (MuteProvider) has no method deliver"),
      expect.stringContaining("'per-request' (PerRequest) is request-scoped or transient"),
    ]);
  });
});
