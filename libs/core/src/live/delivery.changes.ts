import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Pool } from 'pg';
import { INTEGRATION_POOL } from '../persistence/integration-data-source.token.js';
import { Notifications } from '../persistence/notifications.js';
import { deliveriesMessage, IDS_PER_MESSAGE, MISSED, readLiveMessage } from './live-message.js';

/** After the last sign of somebody who looks; they give one more often than that. */
const WATCHED_FOR_MS = 30_000;
const TELL_EVERY_MS = 200;
/** More in that time are not told one by one. */
const MOST_TOLD = 1_000;

/**
 * Tells all processes which deliveries of this one have changed, while somebody looks at any of them.
 * While nobody does, which is nearly always, noting one costs a comparison.
 */
@Injectable()
export class DeliveryChanges {
  private readonly logger = new Logger('IntegrationLive');
  private readonly ids = new Set<string>();
  private missed = false;
  private watchedUntil = 0;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly notifications: Notifications,
    @Inject(INTEGRATION_POOL) private readonly pool: Pool,
  ) {
    notifications.onLive((message) => {
      if (readLiveMessage(message).kind !== 'watched') return;
      this.watchedUntil = performance.now() + WATCHED_FOR_MS;
    });
  }

  get areWatched(): boolean {
    return performance.now() < this.watchedUntil;
  }

  /** Their new state is committed. */
  note(ids: readonly string[]): void {
    if (!this.areWatched) return;
    for (const id of ids) {
      if (this.ids.size < MOST_TOLD) this.ids.add(id);
      else this.missed = true;
    }
    this.tellSoon();
  }

  /** Many have changed at once. */
  noteMany(): void {
    if (!this.areWatched) return;
    this.missed = true;
    this.tellSoon();
  }

  private tellSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      void this.tell();
    }, TELL_EVERY_MS).unref();
  }

  private async tell(): Promise<void> {
    const ids = [...this.ids];
    const messages = this.missed ? [MISSED] : [];
    this.ids.clear();
    this.missed = false;
    for (let from = 0; from < ids.length; from += IDS_PER_MESSAGE) {
      messages.push(deliveriesMessage(ids.slice(from, from + IDS_PER_MESSAGE)));
    }
    try {
      await this.pool.query({
        name: 'live.notify',
        text: 'SELECT pg_notify($1, message) FROM unnest($2::text[]) AS message',
        values: [this.notifications.liveChannel, messages],
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.warn({ event: 'live.not_told', reason });
    }
  }
}
