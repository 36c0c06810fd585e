import { Inject, Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import {
  RESOLVED_OPTIONS,
  type QueueDriver,
  type ResolvedIntegrationOptions,
} from '../integration-options.js';
import { INTEGRATION_DATA_SOURCE } from '../persistence/integration-data-source.token.js';
import { schemaOf } from '../persistence/schema-name.js';
import { SEEN_EVERY_MS } from './worker.presence.js';

export const WORKER_STATES = ['working', 'idle', 'stuck', 'gone'] as const;
export type WorkerState = (typeof WORKER_STATES)[number];

/** A process that delivers, as it was last seen. */
export interface SeenWorker {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  /** `gone`: it gave no sign for a while and did not say that it ends. */
  readonly state: WorkerState;
  /** What is stuck in it, in words. */
  readonly problems: readonly string[];
  readonly concurrency: number;
  /** Deliveries that it attempts or records. */
  readonly busy: number;
  /** Since an attempt last ended, while some are under way. */
  readonly stalledMs: number;
  /** By which its most overdue attempt is beyond its deadline. */
  readonly overdueMs: number;
  readonly startedAt: Date;
  readonly seenAt: Date;
}

interface WorkerRow {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  readonly problems: string[];
  readonly concurrency: number;
  readonly busy: number;
  readonly stalled_ms: string;
  readonly overdue_ms: string;
  readonly started_at: Date;
  readonly seen_at: Date;
  readonly is_gone: boolean;
}

/** So many signs may be missed: a database that is slow to answer ends nobody. */
const MISSED = 3;
/** Rows are few; a place where processes die by the dozen must not make an endless page. */
const SHOWN = 500;

/** The processes that deliver, seen within the last hour. */
@Injectable()
export class WorkerReader {
  readonly queueDriver: QueueDriver;
  private readonly table: string;

  constructor(
    @Inject(INTEGRATION_DATA_SOURCE) private readonly dataSource: DataSource,
    @Inject(RESOLVED_OPTIONS) { queue }: ResolvedIntegrationOptions,
  ) {
    this.queueDriver = queue.driver;
    this.table = `${schemaOf(dataSource)}.integration_workers`;
  }

  /** Those that are gone last. By the database's clock: those of the processes differ. */
  async list(): Promise<SeenWorker[]> {
    const rows: WorkerRow[] = await this.dataSource.query(
      `SELECT *, seen_at < now() - $1 * interval '1 millisecond' AS is_gone
       FROM ${this.table} WHERE seen_at >= now() - interval '1 hour'
       ORDER BY is_gone, host, started_at, id LIMIT ${SHOWN}`,
      [(MISSED + 0.5) * SEEN_EVERY_MS],
    );
    return rows.map(toSeenWorker);
  }
}

function toSeenWorker(row: WorkerRow): SeenWorker {
  const { id, host, pid, version, problems, concurrency, busy } = row;
  return {
    id,
    host,
    pid,
    version,
    state: stateOf(row),
    problems,
    concurrency,
    busy,
    stalledMs: Number(row.stalled_ms),
    overdueMs: Number(row.overdue_ms),
    startedAt: row.started_at,
    seenAt: row.seen_at,
  };
}

function stateOf({ is_gone: isGone, problems, busy }: WorkerRow): WorkerState {
  if (isGone) return 'gone';
  if (problems.length > 0) return 'stuck';
  return busy > 0 ? 'working' : 'idle';
}
