import type { ServerResponse } from 'node:http';
import { Injectable, ServiceUnavailableException, type OnModuleDestroy } from '@nestjs/common';
import { LiveFeed, type TenantScope } from '@nest-integrations/core';
import { LiveClient } from './live-client.js';

const MOST_CLIENTS = 500;
/** Ten messages a second for each. */
const TURN_EVERY_MS = 100;
const BEAT_EVERY_MS = 15_000;
/** After an end, a browser waits that long before it comes back. */
const RETRY_MS = 3_000;

/** All who look at this process. Ends with it: an open page does not hold a shutdown up. */
@Injectable()
export class LiveClients implements OnModuleDestroy {
  private readonly clients = new Set<LiveClient>();
  private turns: NodeJS.Timeout | null = null;
  private beats: NodeJS.Timeout | null = null;
  private isClosed = false;

  constructor(private readonly feed: LiveFeed) {}

  onModuleDestroy(): void {
    this.isClosed = true;
    for (const client of this.clients) client.end();
  }

  /** @throws ServiceUnavailableException */
  async open(
    response: ServerResponse,
    { scope, since }: { scope: TenantScope; since: string | null },
  ): Promise<void> {
    await this.feed.ready();
    if (this.isClosed || this.clients.size >= MOST_CLIENTS) {
      throw new ServiceUnavailableException(
        this.isClosed ? 'The process is stopping.' : 'Too many pages are live here already.',
      );
    }
    if (response.destroyed) return;
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      // Else nginx keeps what is sent until there is a page of it.
      'X-Accel-Buffering': 'no',
      Connection: 'keep-alive',
    });
    const client = new LiveClient(response, scope, (told) => this.feed.placeOf(told));
    const missed = this.feed.join(client, since);
    response.write(`retry: ${RETRY_MS}\nid: ${this.feed.place}\n\n`);
    if (missed === null) client.reset();
    else for (const told of missed) client.tell(told);
    this.clients.add(client);
    this.turns ??= setInterval(() => this.turn(), TURN_EVERY_MS).unref();
    this.beats ??= setInterval(() => this.beat(), BEAT_EVERY_MS).unref();
    response.on('close', () => this.forget(client));
  }

  private turn(): void {
    const { place } = this.feed;
    for (const client of this.clients) client.turn(place);
  }

  private beat(): void {
    for (const client of this.clients) client.beat();
  }

  private forget(client: LiveClient): void {
    this.feed.leave(client);
    this.clients.delete(client);
    if (this.clients.size > 0) return;
    if (this.turns) clearInterval(this.turns);
    if (this.beats) clearInterval(this.beats);
    this.turns = this.beats = null;
  }
}
