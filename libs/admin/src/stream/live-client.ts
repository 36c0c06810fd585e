import type { ServerResponse } from 'node:http';
import {
  isHeardBy,
  type LiveListener,
  type TenantScope,
  type ToldChange,
} from '@nest-integrations/core';

/** Changes that wait for their turn; more are not told one by one. */
const MOST_WAITING = 100;
/** A client that takes nothing for so long is gone. */
const STUCK_AFTER_MS = 30_000;
/** Then it comes back by itself, and the access policy is asked again. */
const LONGEST_LIFE_MS = 10 * 60_000;
/** After a reset it asks for everything anew: not more often than that. */
const RESET_EVERY_MS = 1_000;

/**
 * One who looks. What it may hear waits here, one entry a thing, the latest of it, and goes out one
 * message a turn; where too much comes or the client is slow, a reset tells it to ask anew instead.
 */
export class LiveClient implements LiveListener {
  private readonly waiting = new Map<string, ToldChange>();
  private mustReset = false;
  private resetAt = -Infinity;
  private blockedSince: number | null = null;
  private readonly bornAt = performance.now();

  constructor(
    private readonly response: ServerResponse,
    private readonly scope: TenantScope,
    private readonly placeOf: (told: Pick<ToldChange, 'sequence'>) => string,
  ) {
    response.on('drain', () => (this.blockedSince = null));
  }

  tell(told: ToldChange): void {
    if (this.mustReset || !isHeardBy(told, this.scope)) return;
    const key = `${told.change.type} ${told.change.id}`;
    // Last, so that the places of what goes out only grow.
    this.waiting.delete(key);
    this.waiting.set(key, told);
    if (this.waiting.size > MOST_WAITING) this.reset();
  }

  reset(): void {
    this.waiting.clear();
    this.mustReset = true;
  }

  /** Sends at most one message. */
  turn(place: string): void {
    const now = performance.now();
    if (this.blockedSince !== null) {
      if (now - this.blockedSince > STUCK_AFTER_MS) this.response.destroy();
      return;
    }
    if (now - this.bornAt > LONGEST_LIFE_MS) {
      this.response.end();
      return;
    }
    if (this.mustReset) {
      if (now - this.resetAt < RESET_EVERY_MS) return;
      this.mustReset = false;
      this.resetAt = now;
      this.send('reset', place, '{}');
      return;
    }
    const [next] = this.waiting;
    if (!next) return;
    const [key, told] = next;
    this.waiting.delete(key);
    const { type, ...data } = told.change;
    this.send(type, this.placeOf(told), JSON.stringify(data));
  }

  /** Keeps proxies from ending a connection on which nothing happens. */
  beat(): void {
    if (this.blockedSince === null) this.write(':\n\n');
  }

  end(): void {
    this.response.end();
  }

  private send(event: string, id: string, data: string): void {
    this.write(`event: ${event}\nid: ${id}\ndata: ${data}\n\n`);
  }

  private write(text: string): void {
    if (!this.response.write(text)) this.blockedSince = performance.now();
  }
}
