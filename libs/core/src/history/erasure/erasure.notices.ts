import { Injectable } from '@nestjs/common';
import { DeliveryLoader } from '../../deliveries/delivery.loader.js';
import { PayloadCache } from '../../deliveries/payload.cache.js';
import { Notifications } from '../../persistence/notifications.js';
import { SubscriptionMatcher } from '../../subscriptions/subscription.matcher.js';

const EVENT = 'erased:event:';
const TENANT = 'erased:tenant:';

interface Writer {
  query(sql: string, values: unknown[]): Promise<unknown>;
}

/**
 * Makes every process forget what was erased. Postgres tells them at the commit; one that was not
 * listening then drops all that it holds as soon as it listens again, and payloads within seconds
 * in any case.
 */
@Injectable()
export class ErasureNotices {
  constructor(
    private readonly notifications: Notifications,
    private readonly payloads: PayloadCache,
    private readonly loader: DeliveryLoader,
    private readonly matcher: SubscriptionMatcher,
  ) {
    notifications.onMessage((message) => this.hear(message));
  }

  async tellOfEvent(writer: Writer, eventId: string): Promise<void> {
    await this.tell(writer, EVENT + eventId);
  }

  async tellOfTenant(writer: Writer, tenant: string): Promise<void> {
    await this.tell(writer, TENANT + tenant);
  }

  private async tell(writer: Writer, message: string): Promise<void> {
    await writer.query('SELECT pg_notify($1, $2)', [this.notifications.channel, message]);
  }

  private hear(message: string): void {
    if (message === '') {
      this.payloads.clear();
      this.loader.forget();
    } else if (message.startsWith(EVENT)) {
      this.payloads.drop(message.slice(EVENT.length));
    } else if (message.startsWith(TENANT)) {
      const tenant = message.slice(TENANT.length);
      this.payloads.dropTenant(tenant);
      this.loader.forget(tenant);
      this.matcher.forget([tenant]);
    }
  }
}
