import { SubscriptionService, type Subscription } from '@nest-integrations/core';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { PlatformAddress } from '../settings/platform-address.js';
import { InboxService } from './inbox.service.js';

const NAME = 'Demo inbox';

/** Subscribes the inbox to everything, as an admin would, where that is not done yet. */
@Injectable()
export class DemoSubscription implements OnApplicationBootstrap {
  constructor(
    private readonly subscriptions: SubscriptionService,
    private readonly inbox: InboxService,
    private readonly address: PlatformAddress,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const subscription = await this.ensure(this.address.linkTo('/inbox/webhooks'));
    const [current] = await this.subscriptions.revealSigningSecrets(subscription.id, 'all');
    if (current) this.inbox.trust(current.secret);
  }

  private async ensure(url: string): Promise<Subscription> {
    const { items } = await this.subscriptions.list({ search: NAME, limit: 200 }, 'all');
    const found = items.find(({ name }) => name === NAME);
    if (!found) {
      return this.subscriptions.create(
        {
          name: NAME,
          description: 'Shows every event of the demo on /inbox.',
          eventTypes: ['*'],
          provider: 'webhook',
          config: { url },
        },
        'all',
      );
    }
    // The port may be another one than last time.
    return urlOf(found) === url
      ? found
      : this.subscriptions.update(found.id, { config: { url } }, 'all');
  }
}

function urlOf({ config }: Subscription): unknown {
  return typeof config === 'object' && config !== null && 'url' in config ? config.url : undefined;
}
