import { setTimeout as delay } from 'node:timers/promises';
import { newId } from '@nest-integrations/common';
import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { deliveryColumns } from '../deliveries/delivery.columns.js';
import { toDelivery, type DeliveryRow } from '../deliveries/delivery.rows.js';
import { INTEGRATION_DATA_SOURCE } from '../persistence/integration-data-source.token.js';
import { Notifications } from '../persistence/notifications.js';
import { schemaOf } from '../persistence/schema-name.js';
import type { TenantScope } from '../tenants/tenant-scope.js';
import { readLiveMessage, WATCHED } from './live-message.js';
import type { LiveChange, LiveListener, ToldChange } from './live.types.js';

/** Changes that a client which lost its connection can catch up with. */
const REMEMBERED = 1_000;
const SAY_WATCHED_EVERY_MS = 10_000;
const READ_EVERY_MS = 200;
/** A delivery that was still to be attempted is looked at once more: an attempt's begin is not told. */
const LOOK_AGAIN_MS = 1_000;
const MOST_WAITING = 2_000;
/** A page that is loaded anew comes back within that. */
const IDLE_AFTER_MS = 60_000;
const HEARD_WITHIN_MS = 2_000;

/**
 * What changes, in all processes, for those who look. Deliveries are told by id and read here, in
 * batches, so that nothing is told that is not committed.
 */
@Injectable()
export class LiveFeed implements OnModuleDestroy {
  private readonly logger = new Logger('IntegrationLive');
  private readonly schema: string;
  private readonly listeners = new Set<LiveListener>();
  private readonly waiting = new Set<string>();
  private remembered: ToldChange[] = [];
  private sequence = 0;
  /** Names this process's run of numbers: another's mean nothing here. */
  private epoch = newId();
  private watching: NodeJS.Timeout | null = null;
  private reading: NodeJS.Timeout | null = null;
  private idle: NodeJS.Timeout | null = null;
  private readonly again = new Set<NodeJS.Timeout>();
  private isHeard = false;
  private readonly whenHeard = new Set<() => void>();

  constructor(
    @Inject(INTEGRATION_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly notifications: Notifications,
  ) {
    this.schema = schemaOf(dataSource);
    notifications.onLive((message) => {
      if (this.watching) this.hear(message);
    });
  }

  onModuleDestroy(): void {
    this.rest();
  }

  /**
   * Resolves once the others know that somebody looks: what was said is heard by all of them when it
   * is heard here. A database that is away must not keep a page from opening.
   */
  async ready(): Promise<void> {
    if (this.isHeard) return;
    this.begin();
    await Promise.race([
      new Promise<void>((resolve) => this.whenHeard.add(resolve)),
      delay(HEARD_WITHIN_MS, undefined, { ref: false }),
    ]);
  }

  /** Listens to what comes. Answers what has come since a place that was told before; null: unknown. */
  join(listener: LiveListener, since: string | null): readonly ToldChange[] | null {
    this.listeners.add(listener);
    if (this.idle) clearTimeout(this.idle);
    this.idle = null;
    this.begin();
    return this.since(since);
  }

  leave(listener: LiveListener): void {
    this.listeners.delete(listener);
    this.restLater();
  }

  /** The place of a change, to come back with. */
  placeOf({ sequence }: Pick<ToldChange, 'sequence'>): string {
    return `${this.epoch}:${sequence}`;
  }

  /** Where it stands now. */
  get place(): string {
    return this.placeOf({ sequence: this.sequence });
  }

  private begin(): void {
    if (this.watching) return;
    this.watching = setInterval(() => this.sayWatched(), SAY_WATCHED_EVERY_MS).unref();
    this.sayWatched();
    this.restLater();
  }

  private restLater(): void {
    if (this.listeners.size > 0 || this.idle || !this.watching) return;
    this.idle = setTimeout(() => this.rest(), IDLE_AFTER_MS).unref();
  }

  private noteHeard(): void {
    this.isHeard = true;
    for (const resolve of this.whenHeard) resolve();
    this.whenHeard.clear();
  }

  private since(place: string | null): readonly ToldChange[] | null {
    if (place === null) return [];
    const [epoch, text] = place.split(':');
    const sequence = Number(text);
    const isKnown = epoch === this.epoch && Number.isInteger(sequence) && sequence <= this.sequence;
    const oldest = this.remembered[0]?.sequence ?? this.sequence + 1;
    if (!isKnown || sequence < oldest - 1) return null;
    return this.remembered.filter((told) => told.sequence > sequence);
  }

  private hear(text: string): void {
    const message = readLiveMessage(text);
    if (message.kind === 'watched') this.noteHeard();
    if (message.kind === 'missed') this.reset();
    if (message.kind === 'deliveries') this.readSoon(message.ids);
    if (message.kind === 'change') {
      const { tenant, ...change } = message.change;
      this.tell(tenant, change);
    }
  }

  private readSoon(ids: readonly string[]): void {
    for (const id of ids) this.waiting.add(id);
    if (this.waiting.size > MOST_WAITING) {
      this.waiting.clear();
      this.reset();
    }
    this.reading ??= setTimeout(() => {
      void this.read().finally(() => {
        this.reading = null;
        if (this.waiting.size > 0) this.readSoon([]);
      });
    }, READ_EVERY_MS).unref();
  }

  private async read(): Promise<void> {
    const ids = [...this.waiting];
    this.waiting.clear();
    if (ids.length === 0) return;
    try {
      const rows: DeliveryRow[] = await this.dataSource.query(
        `SELECT ${deliveryColumns(this.schema)} FROM ${this.schema}.deliveries d
         WHERE d.id = ANY($1::uuid[])`,
        [ids],
      );
      const at = new Date().toISOString();
      for (const row of rows) {
        const { id, subscriptionId, eventId, eventType, status, attempts } = toDelivery(row);
        const change = { id, subscriptionId, eventId, eventType, status, attempts, at };
        this.tell(row.tenant, { type: 'delivery', ...change });
      }
      this.lookAgainAt(rows.filter((row) => row.due_at && toDelivery(row).status === 'pending'));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.warn({ event: 'live.not_read', reason });
      this.reset();
    }
  }

  private lookAgainAt(rows: readonly DeliveryRow[]): void {
    if (rows.length === 0) return;
    const timer = setTimeout(() => {
      this.again.delete(timer);
      this.readSoon(rows.map(({ id }) => id));
    }, LOOK_AGAIN_MS).unref();
    this.again.add(timer);
  }

  private tell(tenant: string | null, change: LiveChange): void {
    const told: ToldChange = { sequence: ++this.sequence, tenant, change };
    this.remembered.push(told);
    if (this.remembered.length > 2 * REMEMBERED) {
      this.remembered = this.remembered.slice(-REMEMBERED);
    }
    for (const listener of this.listeners) listener.tell(told);
  }

  private reset(): void {
    this.forget();
    for (const listener of this.listeners) listener.reset();
  }

  private forget(): void {
    this.remembered = [];
    this.epoch = newId();
  }

  /** Nobody looks: what happens now is not known later. */
  private rest(): void {
    for (const timer of [this.watching, this.reading, this.idle, ...this.again]) {
      if (timer) clearTimeout(timer);
    }
    this.watching = this.reading = this.idle = null;
    this.isHeard = false;
    this.again.clear();
    this.waiting.clear();
    this.forget();
  }

  private sayWatched(): void {
    this.dataSource
      .query('SELECT pg_notify($1, $2)', [this.notifications.liveChannel, WATCHED])
      .catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        this.logger.warn({ event: 'live.not_told', reason });
      });
  }
}

/** Whether a caller may hear of it: the scope of the lists. */
export function isHeardBy({ tenant }: ToldChange, scope: TenantScope): boolean {
  return scope === 'all' || tenant === scope.tenant;
}
