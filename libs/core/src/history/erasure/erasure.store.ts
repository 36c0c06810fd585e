import { isId, newId } from '@nest-integrations/common';
import { Inject, Injectable } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { INTEGRATION_DATA_SOURCE } from '../../persistence/integration-data-source.token.js';
import { schemaOf } from '../../persistence/schema-name.js';
import type { TenantScope } from '../../subscriptions/subscription.types.js';
import type { Erasure } from './erasure.types.js';

interface ErasureRow {
  readonly id: string;
  readonly tenant: string;
  readonly state: Erasure['state'];
  readonly requested_by: string | null;
  readonly subscriptions: number;
  readonly connections: number;
  readonly deliveries: string;
  readonly attempts: string;
  readonly events: string;
  readonly idempotency_keys: string;
  readonly created_at: Date;
  readonly finished_at: Date | null;
}

/** What an erasure empties; each has an index that begins with the tenant. */
const TENANT_TABLES = [
  'integration_subscriptions',
  'integration_connections',
  'integration_events',
  'deliveries',
  'integration_idempotency_keys',
  'integration_replays',
];

/** Erasures of tenants in the database. */
@Injectable()
export class ErasureStore {
  private readonly schema: string;
  private readonly table: string;

  constructor(@Inject(INTEGRATION_DATA_SOURCE) private readonly dataSource: DataSource) {
    this.schema = schemaOf(dataSource);
    this.table = `${this.schema}.integration_erasures`;
  }

  async holdsAnythingOf(tenant: string): Promise<boolean> {
    const held = TENANT_TABLES.map(
      (table) => `EXISTS (SELECT FROM ${this.schema}.${table} WHERE tenant = $1)`,
    );
    const rows: unknown[] = await this.dataSource.query(`SELECT 1 WHERE ${held.join(' OR ')}`, [
      tenant,
    ]);
    return rows.length > 0;
  }

  /** Null: one of this tenant is under way. */
  async begin(
    manager: EntityManager,
    { tenant, requestedBy }: { tenant: string; requestedBy: string | null },
  ): Promise<Erasure | null> {
    const rows: ErasureRow[] = await manager.query(
      `INSERT INTO ${this.table} (id, tenant, requested_by) VALUES ($1, $2, $3)
       ON CONFLICT (tenant) WHERE state = 'running' DO NOTHING RETURNING *`,
      [newId(), tenant, requestedBy],
    );
    return rows.map(toErasure)[0] ?? null;
  }

  async running(tenant: string): Promise<Erasure | null> {
    const rows: ErasureRow[] = await this.dataSource.query(
      `SELECT * FROM ${this.table} WHERE tenant = $1 AND state = 'running'`,
      [tenant],
    );
    return rows.map(toErasure)[0] ?? null;
  }

  async isAnyRunning(): Promise<boolean> {
    const rows: unknown[] = await this.dataSource.query(
      `SELECT 1 FROM ${this.table} WHERE state = 'running' LIMIT 1`,
    );
    return rows.length > 0;
  }

  async find(id: string, scope: TenantScope): Promise<Erasure | null> {
    if (!isId(id)) return null;
    const rows: ErasureRow[] = await this.dataSource.query(
      `SELECT * FROM ${this.table} WHERE id = $1 AND ($2::text IS NULL OR tenant = $2)`,
      [id, scope === 'all' ? null : scope.tenant],
    );
    return rows.map(toErasure)[0] ?? null;
  }

  /** Newest first. */
  async page(
    { limit, before }: { limit: number; before: string | null },
    scope: TenantScope,
  ): Promise<Erasure[]> {
    const rows: ErasureRow[] = await this.dataSource.query(
      `SELECT * FROM ${this.table}
       WHERE ($1::text IS NULL OR tenant = $1) AND ($2::uuid IS NULL OR id < $2)
       ORDER BY id DESC LIMIT ${limit}`,
      [scope === 'all' ? null : scope.tenant, before],
    );
    return rows.map(toErasure);
  }
}

function toErasure(row: ErasureRow): Erasure {
  return {
    id: row.id,
    tenant: row.tenant,
    state: row.state,
    requestedBy: row.requested_by,
    removed: {
      subscriptions: row.subscriptions,
      connections: row.connections,
      deliveries: Number(row.deliveries),
      attempts: Number(row.attempts),
      events: Number(row.events),
      idempotencyKeys: Number(row.idempotency_keys),
    },
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  };
}
