import { Inject, Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { INTEGRATION_DATA_SOURCE } from '../../persistence/integration-data-source.token.js';
import { schemaOf } from '../../persistence/schema-name.js';
import { Periodic } from '../periodic.js';
import { failureEvents, type FailureNotice } from './failure-events.js';
import { OperationalPublisher } from './operational.publisher.js';

const EVERY_MS = 1_000;
const MAX_NOTICES = 5_000;

interface NoticeRow {
  readonly delivery_id: string;
  readonly failed_at: Date;
  readonly attempts: number | null;
  readonly last_status: number | null;
  readonly last_error: string | null;
  readonly event_id: string | null;
  readonly event_type: string | null;
  readonly subscription_id: string;
  readonly name: string | null;
  readonly tenant: string | null;
  readonly provider: string | null;
}

/**
 * Tells of dead deliveries: publishes `integration.delivery.failed` from the notes that Postgres made
 * in the statements that ended them. At least one event tells of each; a note goes when its event is
 * durable, and a note told twice is one event by its idempotency key. All processes together tell
 * once a second, and a bounded number, so that a storm of failures does not become a storm of events.
 */
@Injectable()
export class FailureNotices {
  private readonly logger = new Logger('IntegrationDeliveries');
  private readonly schema: string;
  private readonly upkeep = new Periodic({
    failure: 'failure_notices.failed',
    everyMs: EVERY_MS,
    logger: this.logger,
    work: () => this.tell(),
  });

  constructor(
    @Inject(INTEGRATION_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly publisher: OperationalPublisher,
  ) {
    this.schema = schemaOf(dataSource);
  }

  start(): void {
    this.upkeep.start();
  }

  async stop(): Promise<void> {
    await this.upkeep.stop();
  }

  private async tell(): Promise<void> {
    if (!(await this.isOurTurn())) return;
    const notices = await this.oldest();
    if (notices.length === 0) return;
    const { events, told } = failureEvents(notices.filter(isWhole).map(toNotice));
    await Promise.all(events.map(({ event, key }) => this.publisher.publishOnce(event, key)));
    // Of deliveries or subscriptions that are gone there is nothing left to tell.
    const gone = notices.filter((row) => !isWhole(row)).map((row) => row.delivery_id);
    await this.dataSource.query(
      `DELETE FROM ${this.schema}.integration_failure_notices WHERE delivery_id = ANY($1::uuid[])`,
      [[...told, ...gone]],
    );
  }

  /** One process a second. */
  private async isOurTurn(): Promise<boolean> {
    const [rows]: [unknown[], number] = await this.dataSource.query(
      `UPDATE ${this.schema}.integration_failure_pace SET told_at = now()
       WHERE told_at <= now() - ${EVERY_MS * 0.9} * interval '1 millisecond'
         AND EXISTS (SELECT FROM ${this.schema}.integration_failure_notices)
       RETURNING id`,
    );
    return rows.length > 0;
  }

  private oldest(): Promise<NoticeRow[]> {
    return this.dataSource.query(
      `SELECT n.delivery_id, n.failed_at, d.attempts, d.last_status, d.last_error, d.event_id,
         d.event_type, n.subscription_id, s.name, s.tenant, s.provider
       FROM (SELECT * FROM ${this.schema}.integration_failure_notices
         ORDER BY failed_at LIMIT ${MAX_NOTICES}) n
       LEFT JOIN ${this.schema}.deliveries d ON d.id = n.delivery_id
       LEFT JOIN ${this.schema}.integration_subscriptions s ON s.id = n.subscription_id
       ORDER BY n.failed_at, n.delivery_id`,
    );
  }
}

type WholeRow = {
  [Column in keyof NoticeRow]: Column extends 'last_status' | 'last_error'
    ? NoticeRow[Column]
    : NonNullable<NoticeRow[Column]>;
};

function isWhole(row: NoticeRow): row is NoticeRow & WholeRow {
  return row.event_id !== null && row.name !== null;
}

function toNotice(row: WholeRow): FailureNotice {
  return {
    delivery: {
      id: row.delivery_id,
      attempts: row.attempts,
      lastStatus: row.last_status,
      failedAt: row.failed_at.toISOString(),
    },
    event: { id: row.event_id, type: row.event_type },
    subscription: {
      id: row.subscription_id,
      name: row.name,
      tenant: row.tenant || null,
      provider: row.provider,
    },
    reason: row.last_error,
  };
}
