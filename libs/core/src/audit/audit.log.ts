import { isId, newId } from '@nest-integrations/common';
import { Inject, Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { InvalidInputError } from '../integration.error.js';
import { INTEGRATION_DATA_SOURCE } from '../persistence/integration-data-source.token.js';
import { uuidFloor } from '../persistence/partitions.js';
import { schemaOf } from '../persistence/schema-name.js';
import { AuditTrail } from './audit.trail.js';
import type { AuditEntry, AuditRecord, ListAuditEntries } from './audit.types.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

/** Tables that know whose a subject is. */
const TENANTS_BY_SUBJECT = new Map([
  ['subscription', 'integration_subscriptions'],
  ['connection', 'integration_connections'],
  ['delivery', 'deliveries'],
  ['event', 'integration_events'],
]);

/** What writes: the data source, or the transaction of the change. */
export interface AuditWriter {
  query(sql: string, values: unknown[]): Promise<unknown>;
}

interface AuditRow {
  readonly id: string;
  readonly at: Date;
  readonly tenant: string;
  readonly actor: string | null;
  readonly operation: string;
  readonly subject_type: string;
  readonly subject_id: string | null;
  readonly before: unknown;
  readonly after: unknown;
}

/** Who changed what, and when. Append-only. */
@Injectable()
export class AuditLog {
  private readonly schema: string;

  constructor(
    @Inject(INTEGRATION_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly trail: AuditTrail,
  ) {
    this.schema = schemaOf(dataSource);
  }

  /**
   * Writes a change down, with the change's own transaction where `writer` is one. `operation` is what
   * it is called where no admin's call is under way.
   */
  async record(
    { tenant, subjectType, subjectId, before, after }: AuditRecord,
    { operation, writer = this.dataSource }: { operation: string; writer?: AuditWriter },
  ): Promise<void> {
    const call = this.trail.callFor(subjectId);
    const id = newId();
    await writer.query(
      `INSERT INTO ${this.schema}.integration_audit_log
         (id, at, tenant, actor, operation, subject_type, subject_id, before, after)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        id,
        new Date(),
        tenant,
        call?.actor ?? null,
        call?.operation ?? operation,
        subjectType,
        subjectId,
        jsonOf(before),
        jsonOf(after),
      ],
    );
    this.trail.noteRecorded(subjectId);
  }

  /**
   * Writes down that a call was made whose change nobody wrote down in a transaction of its own.
   * `tenant` left out: that of the subject.
   */
  async recordCall(call: {
    readonly operation: string;
    readonly subjectType: string;
    readonly subjectId: string | null;
    readonly tenant?: string;
  }): Promise<void> {
    const { operation, subjectType, subjectId } = call;
    const tenant = call.tenant ?? (await this.tenantOf(subjectType, subjectId));
    await this.record({ tenant, subjectType, subjectId }, { operation });
  }

  private async tenantOf(subjectType: string, id: string | null): Promise<string> {
    const table = TENANTS_BY_SUBJECT.get(subjectType);
    if (!table || !isId(id)) return '';
    const rows: { tenant: string }[] = await this.dataSource.query(
      `SELECT tenant FROM ${this.schema}.${table} WHERE id = $1`,
      [id],
    );
    return rows[0]?.tenant ?? '';
  }

  /** Newest first, by keyset. @throws InvalidInputError */
  async list(
    query: ListAuditEntries,
    scope: 'all' | { readonly tenant: string },
  ): Promise<{ items: AuditEntry[]; nextCursor: string | null }> {
    const limit = checkedLimit(query.limit);
    const conditions: [condition: string, value: unknown][] = [
      ['tenant =', scope === 'all' ? undefined : scope.tenant],
      ['subject_type =', query.subjectType],
      ['subject_id =', query.subjectId],
      ['actor =', query.actor],
      ['operation =', query.operation],
      ['id >=', query.from && uuidFloor(query.from.getTime())],
      ['id <', query.to && uuidFloor(query.to.getTime())],
      ['id <', query.cursor === undefined ? undefined : idOfCursor(query.cursor)],
    ];
    const given = conditions.filter(([, value]) => value !== undefined);
    const where = given.map(([condition], i) => `${condition} $${i + 1}`).join(' AND ');
    const rows: AuditRow[] = await this.dataSource.query(
      `SELECT id, at, tenant, actor, operation, subject_type, subject_id, before, after
       FROM ${this.schema}.integration_audit_log ${where === '' ? '' : `WHERE ${where}`}
       ORDER BY id DESC LIMIT ${limit + 1}`,
      given.map(([, value]) => value),
    );
    const items = rows.slice(0, limit).map(toEntry);
    const last = items.at(-1);
    return { items, nextCursor: rows.length > limit && last ? cursorOf(last.id) : null };
  }
}

function toEntry(row: AuditRow): AuditEntry {
  return {
    id: row.id,
    at: row.at,
    tenant: row.tenant || null,
    actor: row.actor,
    operation: row.operation,
    subjectType: row.subject_type,
    subjectId: row.subject_id,
    before: row.before,
    after: row.after,
  };
}

function jsonOf(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}

function checkedLimit(limit: number = DEFAULT_LIMIT): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new InvalidInputError([
      { field: 'limit', message: `must be a whole number from 1 to ${MAX_LIMIT}` },
    ]);
  }
  return limit;
}

function cursorOf(id: string): string {
  return Buffer.from(id).toString('base64url');
}

function idOfCursor(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString();
  if (isId(id)) return id;
  throw new InvalidInputError([
    { field: 'cursor', message: 'is not a cursor that an earlier page gave' },
  ]);
}
