import { Inject, Injectable, Logger } from '@nestjs/common';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../../integration-options.js';
import { DeliveryQueue } from '../../queue/delivery-queue.js';
import { EventStore } from '../event.store.js';
import type { Lease } from '../lease.store.js';
import { HORIZON_MS } from './admission.js';
import { SUBSCRIPTIONS_A_PASS } from './gate.sql.js';
import { GateKeeper, type GateNews } from './gate.keeper.js';
import { GateNotices } from './gate.notices.js';
import type { Line } from './gate.rows.js';
import { GateStore } from './gate.store.js';

/** What a crash or a lost notice left behind is found this soon, and so is a changed subscription. */
const PASS_EVERY_MS = 1_000;
/** Gates that one step looks at. */
const GATES_A_STEP = 100;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

interface News extends GateNews {
  readonly orderKeys: Set<string>;
}

/**
 * Where deliveries of limited, ordered, failing or slow subscriptions wait. Whoever changes something
 * at a gate says so here; steps of the keeper follow, one after the other in this process.
 */
@Injectable()
export class DeliveryGate {
  private readonly logger = new Logger('IntegrationDeliveries');
  private readonly isWorking: boolean;
  private news = new Map<string, News>();
  private stepping: Promise<void> | null = null;
  private passing: Promise<void> = Promise.resolve();
  private passTimer: NodeJS.Timeout | null = null;
  private passAfter = FIRST_ID;
  private readonly soon = new Set<string>();
  private soonTimer: NodeJS.Timeout | null = null;
  private stopped = true;

  constructor(
    private readonly keeper: GateKeeper,
    private readonly store: GateStore,
    private readonly events: EventStore,
    private readonly notices: GateNotices,
    private readonly queue: DeliveryQueue,
    @Inject(RESOLVED_OPTIONS) { worker }: ResolvedIntegrationOptions,
  ) {
    this.isWorking = worker.enabled;
    notices.onLines((lines) => {
      if (!this.stopped) this.note(lines);
    });
  }

  /** In processes that deliver: others have no use for what they would let out. */
  start(): void {
    this.stopped = false;
    this.passTimer ??= setInterval(() => {
      this.passing = this.passing.then(() => this.pass());
    }, PASS_EVERY_MS);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    if (this.passTimer) clearInterval(this.passTimer);
    if (this.soonTimer) clearTimeout(this.soonTimer);
    this.passTimer = this.soonTimer = null;
    await this.passing;
    await this.stepping;
  }

  /** After the commit of what came to gates: never throws, the next pass finds what was not heard. */
  arrived(lines: readonly Line[]): void {
    if (lines.length === 0) return;
    if (this.isWorking) {
      this.note(lines);
      return;
    }
    this.notices.send(this.events.execute, lines).catch((error: unknown) => {
      this.logger.warn({ event: 'gate.notify_failed', reason: reasonOf(error) });
    });
  }

  /** Puts leased deliveries to their gates without an attempt. */
  async hold(leases: readonly Lease[]): Promise<void> {
    this.note(await this.store.hold(leases));
  }

  /** A delivery has ended, or waits for its retry: its place, or its line, is free. */
  left({ subscriptionId, orderKey }: Lease, { isQuick }: { isQuick: boolean }): void {
    this.note([{ subscriptionId, orderKey }], { isQuick });
  }

  /** Looks at all of a gate. */
  moved(subscriptionId: string): void {
    this.note([{ subscriptionId, orderKey: null }], { isThorough: true });
  }

  /** Allows so many at once of a subscription whose receiver is slow, until it proves quick. */
  async slowDown(subscriptionId: string, slowedTo: number): Promise<void> {
    const isNew = await this.store.withLocked([subscriptionId], async (gates) => {
      const gate = gates.states.get(subscriptionId);
      if (!gate || (gate.slowedTo !== null && gate.slowedTo <= slowedTo)) return false;
      await gates.write([{ ...gate, slowedTo }]);
      return gate.slowedTo === null;
    });
    if (isNew) this.logger.warn({ event: 'subscription.slowed', subscriptionId, to: slowedTo });
  }

  private note(
    lines: readonly Line[],
    { isQuick = false, isThorough = false }: Partial<GateNews> = {},
  ): void {
    for (const { subscriptionId, orderKey } of lines) {
      const known = this.news.get(subscriptionId);
      const orderKeys = known?.orderKeys ?? new Set<string>();
      if (orderKey !== null) orderKeys.add(orderKey);
      this.news.set(subscriptionId, {
        orderKeys,
        isQuick: isQuick || (known?.isQuick ?? false),
        isThorough: isThorough || (known?.isThorough ?? false),
      });
    }
    this.stepping ??= this.step().finally(() => (this.stepping = null));
  }

  private async step(): Promise<void> {
    // One turn of the event loop gathers what is said together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.news.size > 0 && !this.stopped) {
      const now = new Map([...this.news].slice(0, GATES_A_STEP));
      for (const id of now.keys()) this.news.delete(id);
      try {
        const { deliveries, again, soon } = await this.keeper.admit(now);
        if (deliveries.length > 0) this.queue.announce(deliveries);
        this.note([...again].map((subscriptionId) => ({ subscriptionId, orderKey: null })));
        this.later(soon);
      } catch (error) {
        this.logger.error({
          event: 'gate.failed',
          subscriptions: now.size,
          reason: reasonOf(error),
        });
        // Whatever these were about, the next pass looks at all of it.
      }
    }
  }

  /** Slots are given for a short while ahead: the next ones in half of it. */
  private later(ids: ReadonlySet<string>): void {
    for (const id of ids) this.soon.add(id);
    if (this.soon.size === 0 || this.soonTimer || this.stopped) return;
    this.soonTimer = setTimeout(() => {
      this.soonTimer = null;
      const lines = [...this.soon].map((subscriptionId) => ({ subscriptionId, orderKey: null }));
      this.soon.clear();
      this.note(lines);
    }, HORIZON_MS / 2);
  }

  private async pass(): Promise<void> {
    try {
      const ids = await this.store.subscriptionsAfter(this.passAfter);
      this.passAfter = (ids.length === SUBSCRIPTIONS_A_PASS && ids.at(-1)) || FIRST_ID;
      for (const id of ids) this.moved(id);
    } catch (error) {
      this.logger.error({ event: 'gate.pass_failed', reason: reasonOf(error) });
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
