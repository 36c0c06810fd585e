import { Inject, Injectable, Logger } from '@nestjs/common';
import { Client } from 'pg';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../integration-options.js';

/** Postgres cuts longer names off when it listens, and refuses them when it notifies. */
const LONGEST_NAME = 63;

export function liveChannel(schema: string): string {
  return `nest_live_${schema}`.slice(0, LONGEST_NAME);
}

const RECONNECT_AFTER_MS = 1_000;

/**
 * Hears what is notified in the database, over one connection of its own. Fails open: while the
 * connection is away nothing is heard, and whoever listens finds its work by polling.
 */
@Injectable()
export class Notifications {
  readonly channel: string;
  /** What is told to those who look; apart, since the other one wakes whoever works. */
  readonly liveChannel: string;
  private readonly logger = new Logger('IntegrationModule');
  private readonly listeners: ((message: string) => void)[] = [];
  private readonly liveListeners: ((message: string) => void)[] = [];
  private client: Client | null = null;
  private reconnect: NodeJS.Timeout | null = null;
  private stopped = true;

  constructor(@Inject(RESOLVED_OPTIONS) private readonly options: ResolvedIntegrationOptions) {
    this.channel = `nest_integrations_${options.database.schema}`;
    this.liveChannel = liveChannel(options.database.schema);
  }

  onMessage(listener: (message: string) => void): void {
    this.listeners.push(listener);
  }

  onLive(listener: (message: string) => void): void {
    this.liveListeners.push(listener);
  }

  async start(): Promise<void> {
    this.stopped = false;
    await this.connect();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    if (this.reconnect) clearTimeout(this.reconnect);
    const { client } = this;
    this.client = null;
    await client?.end();
  }

  private async connect(): Promise<void> {
    const client = new Client({
      connectionString: this.options.database.url,
      application_name: 'nest-integrations listen',
      keepAlive: true,
    });
    client.on('notification', ({ channel, payload = '' }) => {
      if (channel === this.liveChannel) this.hearLive(payload);
      else this.hear(payload);
    });
    client.on('error', (error) => this.lost(client, error));
    client.on('end', () => this.lost(client, new Error('the connection ended')));
    try {
      await client.connect();
      await client.query(`LISTEN ${this.channel}`);
      await client.query(`LISTEN ${this.liveChannel}`);
      this.client = client;
      // What was notified while nobody listened is not repeated: let all look once.
      this.hear('');
      this.hearLive('');
    } catch (error) {
      this.lost(client, error);
    }
  }

  private hear(message: string): void {
    for (const listener of this.listeners) listener(message);
  }

  private hearLive(message: string): void {
    for (const listener of this.liveListeners) listener(message);
  }

  private lost(client: Client, error: unknown): void {
    if (this.client === client) this.client = null;
    if (this.stopped || this.reconnect) return;
    const reason = error instanceof Error ? error.message : String(error);
    this.logger.warn({ event: 'notifications.lost', reason });
    client.end().catch(() => undefined); // Already broken: nothing is left to close.
    this.reconnect = setTimeout(() => {
      this.reconnect = null;
      void this.connect();
    }, RECONNECT_AFTER_MS);
  }
}
