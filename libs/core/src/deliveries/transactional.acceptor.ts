import { Injectable } from '@nestjs/common';
import type { EntityManager, QueryRunner } from 'typeorm';
import type { EventEnvelope } from '../events/event-envelope.js';
import { AcceptFailedError, InvalidInputError } from '../integration.error.js';
import { SubscriptionMatcher } from '../subscriptions/subscription.matcher.js';
import { failTransaction, withAdvice } from './accept.failure.js';
import type { AcceptedEvent } from './accepted-event.js';
import { CommitNotifier } from './commit.notifier.js';
import { EventStore, routed, type Execute } from './event.store.js';
import { EventWriter } from './event.writer.js';
import { GateNotices } from './gate/gate.notices.js';
import { partedAtGates } from './gate/parted-at-gates.js';
import { TransactionGate } from './transaction.gate.js';

/** Makes an event part of a caller's transaction: durable with it, or gone with it. */
@Injectable()
export class TransactionalAcceptor {
  /** The last publish in a transaction: its one connection takes one statement at a time. */
  private readonly turns = new WeakMap<QueryRunner, Promise<unknown>>();

  constructor(
    private readonly gate: TransactionGate,
    private readonly matcher: SubscriptionMatcher,
    private readonly store: EventStore,
    private readonly writer: EventWriter,
    private readonly notifier: CommitNotifier,
    private readonly gateNotices: GateNotices,
  ) {}

  /**
   * Writes in the caller's transaction; workers hear of it when that commits. The subscriptions are
   * those of this moment; one that is disabled or deleted before the commit gets nothing all the same.
   * @throws InvalidInputError where `manager` is no transaction that an event can commit with
   * @throws AcceptFailedError: the caller's transaction has failed with it and can only be rolled
   * back, the whole or a nested one to its savepoint
   */
  async accept(manager: EntityManager, event: EventEnvelope): Promise<AcceptedEvent> {
    const { queryRunner } = manager;
    if (!queryRunner) return this.acceptNext(manager, event);
    const accepted = (this.turns.get(queryRunner) ?? Promise.resolve()).then(() =>
      this.acceptNext(manager, event),
    );
    // The next one's turn comes after a failure too: it says that the transaction has failed.
    this.turns.set(
      queryRunner,
      accepted.catch(() => undefined),
    );
    return accepted;
  }

  private async acceptNext(manager: EntityManager, event: EventEnvelope): Promise<AcceptedEvent> {
    const execute = this.store.executeWithin(manager);
    try {
      await this.gate.check(manager);
      return await this.write(execute, event);
    } catch (error) {
      if (error instanceof InvalidInputError) throw error;
      await failTransaction(execute, event.id);
      throw new AcceptFailedError(event.type, event.id, withAdvice(error));
    }
  }

  private async write(execute: Execute, event: EventEnvelope): Promise<AcceptedEvent> {
    const batch = routed([event], await this.matcher.matchAfresh([event]));
    const { accepted, batch: written } =
      event.idempotencyKey === null
        ? await this.writer.write(execute, batch)
        : await this.writer.writeKeyed(execute, batch, 'endless');
    if (written.deliveries.length > 0) {
      const { due, lines } = partedAtGates(written);
      await this.notifier.notifyOnCommit(execute, { events: written.events.length, due });
      await this.gateNotices.send(execute, lines);
    }
    const [only] = accepted;
    if (!only) throw new Error('nothing was written');
    return only;
  }
}
