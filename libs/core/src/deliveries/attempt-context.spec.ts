import { secret } from '@nest-integrations/common';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DeliveredEvent } from '../events/delivered-event.js';
import type { DeliveryContext } from '../providers/delivery-provider.js';
import { IntegrationProvider } from '../providers/integration-provider.decorator.js';
import { delivered, type DeliveryOutcome } from '../providers/delivery-outcome.js';
import { versioned } from '../providers/versioned.js';
import { ProviderTrial } from '../trial/provider.trial.js';

const account = z.strictObject({ token: secret(z.string()) });

@IntegrationProvider({
  id: 'talkative',
  displayName: 'Talkative',
  config: versioned(1, z.strictObject({})),
  connection: versioned(1, account),
})
class TalkativeProvider {
  seen = '';

  async deliver({ subscription }: DeliveryContext<unknown>): Promise<DeliveryOutcome> {
    this.seen = JSON.stringify(subscription);
    return delivered();
  }
}

describe('the subscription that a provider sees', () => {
  const provider = new TalkativeProvider();
  const trial = new ProviderTrial(provider);
  afterAll(() => trial.close());

  it('can be sent on whole: it holds no secret', async () => {
    const event = new DeliveredEvent('ev-1', 'a.b', '2026-01-02T03:04:05.678Z', '{}');
    await trial.attempt({ config: {}, connection: { token: 'not-a-real-token' } }, { event });
    expect(JSON.parse(provider.seen)).toEqual({ id: expect.any(String), name: 'Trial' });
  });
});
