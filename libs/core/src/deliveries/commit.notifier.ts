import { newId } from '@nest-integrations/common';
import { Injectable } from '@nestjs/common';
import { Notifications } from '../persistence/notifications.js';
import { DeliveryQueue } from '../queue/delivery-queue.js';
import type { Execute } from './event.store.js';
import { IntegrationCounters } from './integration.counters.js';

/** A notification holds 8,000 bytes. */
const IDS_PER_MESSAGE = 200;

/**
 * Tells this process when a caller's transaction has committed: Postgres sends a notification at the
 * commit and never after a rollback, savepoints included. Events that nobody wants are not told of
 * (a notification makes commits wait for one another), so they are not counted as accepted either.
 */
@Injectable()
export class CommitNotifier {
  private readonly prefix = `committed:${newId()}:`;

  constructor(
    private readonly notifications: Notifications,
    private readonly queue: DeliveryQueue,
    private readonly counters: IntegrationCounters,
  ) {
    notifications.onMessage((message) => {
      if (message.startsWith(this.prefix)) this.hear(message.slice(this.prefix.length));
    });
  }

  /** In the transaction of `execute`: once it commits, counts the events and announces what is due. */
  async notifyOnCommit(
    execute: Execute,
    { events, due }: { readonly events: number; readonly due: readonly string[] },
  ): Promise<void> {
    for (let from = 0; from === 0 || from < due.length; from += IDS_PER_MESSAGE) {
      const ids = due.slice(from, from + IDS_PER_MESSAGE);
      const newEvents = from === 0 ? events : 0;
      await execute({ name: 'delivery.notify', text: 'SELECT pg_notify($1, $2)' }, [
        this.notifications.channel,
        `${this.prefix}${newEvents}:${ids.join(',')}`,
      ]);
    }
  }

  private hear(message: string): void {
    const [newEvents = '0', ids = ''] = message.split(':');
    this.counters.acceptedWithin += Number(newEvents);
    if (ids !== '') this.queue.announce(ids.split(',').map((id) => ({ id, inMs: 0 })));
  }
}
