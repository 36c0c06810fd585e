import { isId } from '@nest-integrations/common';
import { Injectable } from '@nestjs/common';
import {
  ConflictError,
  InvalidInputError,
  NotFoundError,
  type FieldProblem,
} from '../../integration.error.js';
import { SubscriptionStore } from '../../subscriptions/subscription.store.js';
import type { SubscriptionEntity } from '../../subscriptions/subscription.entity.js';
import type { Page, TenantScope } from '../../subscriptions/subscription.types.js';
import { HealthReader } from '../health/health.reader.js';
import { MissedEvents } from './missed.events.js';
import type { ChosenDeliveries } from './replay.selection.js';
import { spanOf } from './replay.span.js';
import { ReplayStore } from './replay.store.js';
import {
  DEFAULT_REPLAYS_PER_SECOND,
  MAX_CHOSEN_DELIVERIES,
  MAX_REPLAYS_PER_SECOND,
  type ListReplays,
  type Recover,
  type Recoverable,
  type Replay,
  type ReplaySelection,
  type ReplayState,
  type StartReplay,
} from './replay.types.js';

const CLOCK_SKEW_MS = 60_000;

interface MissedSpan {
  readonly since: Date;
  readonly eventsFrom: Date | null;
}

/** Sends many deliveries again, in the background. */
@Injectable()
export class ReplayService {
  constructor(
    private readonly store: ReplayStore,
    private readonly subscriptions: SubscriptionStore,
    private readonly missed: MissedEvents,
    private readonly health: HealthReader,
  ) {}

  /** How many deliveries fit now; null: too many to count in time. @throws InvalidInputError, NotFoundError */
  async preview(selection: ReplaySelection, scope: TenantScope): Promise<number | null> {
    return this.store.count(await this.chosen(selection, scope));
  }

  /**
   * Counts, then leaves the rest to the workers. Deliveries that end after this are not its own.
   * @throws InvalidInputError, NotFoundError
   */
  async start({ perSecond, ...selection }: StartReplay, scope: TenantScope): Promise<Replay> {
    const rate = checkedRate(perSecond);
    const chosen = await this.chosen(selection, scope);
    const total = await this.store.count(chosen);
    if (chosen.deliveryIds && total === 0) {
      const message = 'none of them can be sent again: they are on their way, or not there';
      throw new InvalidInputError([{ field: 'deliveryIds', message }]);
    }
    return this.store.insert({
      ...chosen,
      perSecond: rate,
      total,
      eventsFrom: null,
    });
  }

  /** @throws NotFoundError */
  async get(id: string, scope: TenantScope): Promise<Replay> {
    const replay = await this.store.find(id, scope);
    if (!replay) throw new NotFoundError('replay', id);
    return replay;
  }

  /** Newest first. @throws InvalidInputError */
  list(query: ListReplays, scope: TenantScope): Promise<Page<Replay>> {
    return this.store.page(query, scope);
  }

  /** @throws NotFoundError, ConflictError where it has ended */
  pause(id: string, scope: TenantScope): Promise<Replay> {
    return this.move(id, scope, { from: ['running'], to: 'paused' });
  }

  /** @throws NotFoundError, ConflictError where it has ended */
  resume(id: string, scope: TenantScope): Promise<Replay> {
    return this.move(id, scope, { from: ['paused'], to: 'running' });
  }

  /** What it has restarted goes on. @throws NotFoundError, ConflictError where it has completed */
  cancel(id: string, scope: TenantScope): Promise<Replay> {
    return this.move(id, scope, { from: ['running', 'paused'], to: 'cancelled' });
  }

  /**
   * What a recovery would send. Null: no `since` was given, and the subscription was never disabled
   * and does not fail.
   * @throws NotFoundError
   */
  async recoverable(
    subscriptionId: string,
    since: Date | undefined,
    scope: TenantScope,
  ): Promise<Recoverable | null> {
    const taker = await this.subscription(subscriptionId, scope);
    const span = await this.missedSpan(subscriptionId, since, scope);
    return span && this.counted(taker, span);
  }

  /**
   * Sends again all that failed or was cancelled since a time, and makes the deliveries of events that
   * the subscription takes and has none of: those accepted while it was disabled. Allowed while it is.
   * @throws NotFoundError, InvalidInputError
   */
  async recover(
    subscriptionId: string,
    { since, perSecond }: Recover,
    scope: TenantScope,
  ): Promise<Replay> {
    const rate = checkedRate(perSecond);
    const taker = await this.subscription(subscriptionId, scope);
    const span = await this.missedSpan(subscriptionId, since, scope);
    if (!span) {
      const message = 'is needed: the subscription was never disabled and does not fail';
      throw new InvalidInputError([{ field: 'since', message }]);
    }
    const { deliveries, events } = await this.counted(taker, span);
    return this.store.insert({
      ...recoveryOf(taker, span.since),
      perSecond: rate,
      total: deliveries === null || events === null ? null : deliveries + events,
      eventsFrom: span.eventsFrom,
    });
  }

  /** Events are looked for only from where on some may lack a delivery, unless a time was asked for. */
  private async missedSpan(
    subscriptionId: string,
    since: Date | undefined,
    scope: TenantScope,
  ): Promise<MissedSpan | null> {
    if (since) return { since, eventsFrom: since };
    const { missedSince, unroutedSince } = await this.health.get(subscriptionId, scope);
    return missedSince && { since: missedSince, eventsFrom: unroutedSince };
  }

  private async counted(
    taker: SubscriptionEntity,
    { since, eventsFrom }: MissedSpan,
  ): Promise<Recoverable> {
    const [deliveries, events] = await Promise.all([
      this.store.count(recoveryOf(taker, since)),
      eventsFrom ? this.missed.count(taker, spanOf(eventsFrom, new Date())) : 0,
    ]);
    return { since, deliveries, events, eventsAreUpperBound: taker.filter !== null };
  }

  private async move(
    id: string,
    scope: TenantScope,
    { from, to }: { from: readonly ReplayState[]; to: ReplayState },
  ): Promise<Replay> {
    const before = await this.get(id, scope);
    if (before.state === to) return before;
    if (!(await this.store.move(id, from, to))) {
      throw new ConflictError(
        `Replay '${id}' is ${(await this.get(id, scope)).state}: only one that is ${from.join(' or ')} can be ${to}`,
      );
    }
    return this.get(id, scope);
  }

  private async chosen(selection: ReplaySelection, scope: TenantScope): Promise<ChosenDeliveries> {
    const problems = selectionProblems(selection);
    if (problems.length > 0) throw new InvalidInputError(problems);
    const { deliveryIds, subscriptionId, eventType, status, from, to } = selection;
    const subscription =
      subscriptionId === undefined ? null : await this.subscription(subscriptionId, scope);
    const scoped = scope === 'all' ? null : scope.tenant;
    return {
      kind: 'replay',
      tenant: subscription?.tenant ?? scoped,
      deliveryIds: deliveryIds ?? null,
      subscriptionId: subscriptionId ?? null,
      eventType: eventType ?? null,
      status: status ?? null,
      from: from ?? null,
      to: to ?? null,
      endedBefore: soon(),
    };
  }

  private async subscription(id: string, scope: TenantScope): Promise<SubscriptionEntity> {
    const row = isId(id) ? await this.subscriptions.find(id, scope) : null;
    if (!row) throw new NotFoundError('subscription', id);
    return row;
  }
}

function recoveryOf({ id, tenant }: SubscriptionEntity, since: Date): ChosenDeliveries {
  return {
    kind: 'recovery',
    tenant,
    deliveryIds: null,
    subscriptionId: id,
    eventType: null,
    status: null,
    from: since,
    to: null,
    endedBefore: soon(),
  };
}

/** All that has ended, though this process's clock may be behind. */
function soon(): Date {
  return new Date(Date.now() + CLOCK_SKEW_MS);
}

function selectionProblems(selection: ReplaySelection): FieldProblem[] {
  const { deliveryIds, subscriptionId, eventType, status, from, to } = selection;
  const hasConditions = [subscriptionId, eventType, status, from, to].some(
    (value) => value !== undefined,
  );
  if (deliveryIds) return chosenProblems(deliveryIds, hasConditions);
  if (!hasConditions) {
    const message =
      'choose at least one of subscriptionId, eventType, status, from and to, or deliveryIds';
    return [{ field: '', message }];
  }
  return from && to && to <= from ? [{ field: 'to', message: 'must be later than from' }] : [];
}

function chosenProblems(ids: readonly string[], hasConditions: boolean): FieldProblem[] {
  const wrong = (message: string) => [{ field: 'deliveryIds', message }];
  if (hasConditions) return wrong('stand alone: they are chosen already');
  if (ids.length === 0 || ids.length > MAX_CHOSEN_DELIVERIES) {
    return wrong(`must be 1 to ${MAX_CHOSEN_DELIVERIES} ids`);
  }
  return ids.every(isId) ? [] : wrong('must be ids (UUIDs)');
}

function checkedRate(perSecond: number = DEFAULT_REPLAYS_PER_SECOND): number {
  if (!Number.isInteger(perSecond) || perSecond < 1 || perSecond > MAX_REPLAYS_PER_SECOND) {
    const message = `must be a whole number from 1 to ${MAX_REPLAYS_PER_SECOND}`;
    throw new InvalidInputError([{ field: 'perSecond', message }]);
  }
  return perSecond;
}
