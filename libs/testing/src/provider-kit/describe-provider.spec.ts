import {
  delivered,
  fromResponse,
  IntegrationProvider,
  OptionsFor,
  rejected,
  retry,
  versioned,
  type DeliveryContext,
  type DeliveryOutcome,
  type OptionsContext,
  type OutboundResponse,
} from '@nest-integrations/core';
import { secret } from '@nest-integrations/common';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { describeProvider } from './describe-provider.js';
import type { ProviderSubject, ServiceSubject } from './provider-subject.js';

interface Account {
  readonly token: string;
}
interface Config {
  readonly room: string;
}

const account = versioned(1, z.strictObject({ token: secret(z.string()) }));
const config = versioned(1, z.strictObject({ room: z.string().default('lobby') }));

@IntegrationProvider({ id: 'good', displayName: 'Good', config, connection: account })
class GoodProvider {
  constructor(private readonly origin: string) {}

  async deliver({ http, event, connection }: DeliveryContext<Config, Account>) {
    const response = await http.post(`${this.origin}/messages`, {
      json: { id: event.id },
      headers: { authorization: `Bearer ${connection.token}` },
    });
    return this.meaningOf(response);
  }

  protected meaningOf(response: OutboundResponse): DeliveryOutcome {
    if (!response.ok) return fromResponse(response);
    return response.text() === 'ok' ? delivered({ externalId: 'A-1' }) : retry('odd answer');
  }

  @OptionsFor('room')
  async rooms({ http, connection }: OptionsContext<Account>) {
    const headers = { authorization: `Bearer ${connection.token}` };
    const { ok, status } = await http.get(`${this.origin}/rooms`, { headers });
    if (!ok) throw new Error(`The rooms can't be listed: ${status} for ${connection.token}`);
    return [{ value: 'lobby', label: 'Lobby' }];
  }
}

const service: ServiceSubject = {
  start: () => () => ({ body: 'ok' }),
  delivered: { externalId: /^A-1$/ },
  repeatKey: ({ body }) => String(JSON.parse(body.toString()).id),
  options: { room: { options: [{ value: 'lobby', label: 'Lobby' }] } },
};

function subjectOf(
  provider: ProviderSubject['provider'],
  changes: Partial<ProviderSubject> = {},
): ProviderSubject {
  return {
    name: 'subject',
    provider,
    setups: {
      plainly: () => ({
        config: {},
        connection: { token: 't0p-secret-token' },
        secrets: ['connection.token'],
      }),
    },
    service,
    ...changes,
  };
}

/** The promises that a subject breaks. */
async function brokenBy(subject: ProviderSubject): Promise<string[]> {
  const tests: { name: string; body: () => Promise<void> }[] = [];
  describeProvider(subject, {
    describe: (_name, body) => body(),
    it: (name, body) => tests.push({ name, body }),
  });
  const broken: string[] = [];
  for (const { name, body } of tests) await body().catch(() => broken.push(name));
  return broken;
}

describe('the provider kit', () => {
  it('finds nothing wrong with a good provider', async () => {
    expect(await brokenBy(subjectOf((origin) => new GoodProvider(origin)))).toEqual([]);
  });

  it('finds a wait that is forgotten, and an outage taken for the end', async () => {
    @IntegrationProvider({ id: 'hasty', displayName: 'Hasty', config, connection: account })
    class HastyProvider extends GoodProvider {
      protected override meaningOf({ ok, status }: OutboundResponse) {
        if (ok) return delivered({ externalId: 'A-1' });
        return status < 500 ? retry('later') : rejected('never');
      }
    }
    expect(await brokenBy(subjectOf((origin) => new HastyProvider(origin)))).toEqual([
      'tries again where the service is in trouble',
      'tries again where the answer is not the service’s own',
      'waits as long as it is asked to, in seconds',
      'waits as long as it is asked to, until a date',
    ]);
  });

  it('finds a secret that is not marked, and all places that show it', async () => {
    const leaky = versioned(1, z.strictObject({ token: z.string() }));

    @IntegrationProvider({ id: 'leaky', displayName: 'Leaky', config, connection: leaky })
    class LeakyProvider extends GoodProvider {
      override async deliver(context: DeliveryContext<Config, Account>) {
        const outcome = await super.deliver(context);
        const { token } = context.connection;
        return outcome.kind === 'retry' ? { ...outcome, reason: `refused ${token}` } : outcome;
      }
    }
    expect(await brokenBy(subjectOf((origin) => new LeakyProvider(origin)))).toEqual([
      'encrypts its secrets, and shows them to no admin',
      'marks as secret whatever is named like one',
      'tries again where its credentials have expired',
      'tries again where the service is in trouble',
      'tries again where the answer is not the service’s own',
      'waits as long as it is asked to, in seconds',
      'waits as long as it is asked to, until a date',
      'shows no secret where the service repeats all that it was sent',
      'says why options can’t be listed, and no secret with it',
    ]);
  });

  it('finds a key that changes from one attempt to the next, and options that are wrong', async () => {
    let calls = 0;
    const subject = subjectOf((origin) => new GoodProvider(origin), {
      service: {
        ...service,
        repeatKey: () => String(calls++),
        options: { room: { options: [{ value: 'cellar', label: 'Cellar' }] } },
      },
    });
    expect(await brokenBy(subject)).toEqual([
      'lets the service know a repeated delivery, and tell it from another',
      'lists the options of each field that has some',
    ]);
  });
});
