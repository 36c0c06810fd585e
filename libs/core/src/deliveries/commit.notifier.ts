import { newId } from '@nest-integrations/common';
import { Injectable } from '@nestjs/common';
import { Notifications } from '../persistence/notifications.js';
import { DeliveryQueue } from '../queue/delivery-queue.js';
import type { Execute } from './event.store.js';

/** A notification holds 8,000 bytes. */
const IDS_PER_MESSAGE = 200;

/**
 * Tells this process when a caller's transaction has committed: Postgres sends a notification at the
 * commit and never after a rollback, savepoints included.
 */
@Injectable()
export class CommitNotifier {
  private readonly prefix = `committed:${newId()}:`;

  constructor(
    private readonly notifications: Notifications,
    queue: DeliveryQueue,
  ) {
    notifications.onMessage((message) => {
      if (!message.startsWith(this.prefix)) return;
      const ids = message.slice(this.prefix.length).split(',');
      queue.announce(ids.map((id) => ({ id, inMs: 0 })));
    });
  }

  /** In the transaction of `execute`: announces these deliveries once it commits. */
  async notifyOnCommit(execute: Execute, ids: readonly string[]): Promise<void> {
    for (let from = 0; from < ids.length; from += IDS_PER_MESSAGE) {
      const message = this.prefix + ids.slice(from, from + IDS_PER_MESSAGE).join(',');
      await execute({ name: 'delivery.notify', text: 'SELECT pg_notify($1, $2)' }, [
        this.notifications.channel,
        message,
      ]);
    }
  }
}
