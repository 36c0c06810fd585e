import { Inject, Injectable } from '@nestjs/common';
import { Brackets, DataSource, type EntityManager } from 'typeorm';
import { isId } from '@nest-integrations/common';
import { InvalidInputError } from '../integration.error.js';
import { INTEGRATION_DATA_SOURCE } from '../persistence/integration-data-source.token.js';
import { schemaOf } from '../persistence/schema-name.js';
import type { TenantScope } from '../tenants/tenant-scope.js';
import { ConnectionAuditor } from './connection.auditor.js';
import { ConnectionEntity } from './connection.entity.js';
import type { ListConnections } from './connection.types.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;
/** Names of subscriptions that a refusal to delete quotes. */
const MAX_QUOTED = 5;

export interface ConnectionPage {
  readonly rows: readonly ConnectionEntity[];
  readonly nextCursor: string | null;
}

export type Removal = 'removed' | 'missing' | { readonly usedBy: readonly string[] };

/** Connections in the database. */
@Injectable()
export class ConnectionStore {
  private readonly subscriptions: string;

  constructor(
    @Inject(INTEGRATION_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly auditor: ConnectionAuditor,
  ) {
    this.subscriptions = `${schemaOf(dataSource)}.integration_subscriptions`;
  }

  async find(id: string, scope: TenantScope): Promise<ConnectionEntity | null> {
    return isId(id)
      ? this.dataSource.getRepository(ConnectionEntity).findOneBy(inScope(id, scope))
      : null;
  }

  async insert(row: ConnectionEntity): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await manager.save(row);
      await this.auditor.record({ before: null, after: row }, manager);
    });
  }

  /**
   * Changes one row under its lock. The revisions of its subscriptions move with it, so that every
   * worker reads them anew. Null: it is not there, or not in scope.
   */
  async change(
    id: string,
    scope: TenantScope,
    change: (row: ConnectionEntity) => void,
  ): Promise<ConnectionEntity | null> {
    if (!isId(id)) return null;
    return this.dataSource.transaction(async (manager) => {
      const row = await locked(manager, id, scope);
      if (!row) return null;
      const before = structuredClone(row);
      change(row);
      row.revision += 1;
      row.updatedAt = new Date();
      await manager.save(row);
      await manager.query(
        `UPDATE ${this.subscriptions} SET revision = revision + 1 WHERE connection_id = $1`,
        [id],
      );
      await this.auditor.record({ before, after: row }, manager);
      return row;
    });
  }

  async remove(id: string, scope: TenantScope): Promise<Removal> {
    if (!isId(id)) return 'missing';
    return this.dataSource.transaction(async (manager) => {
      const row = await locked(manager, id, scope);
      if (!row) return 'missing';
      const users: { name: string }[] = await manager.query(
        `SELECT name FROM ${this.subscriptions} WHERE connection_id = $1
         ORDER BY name LIMIT ${MAX_QUOTED}`,
        [id],
      );
      if (users.length > 0) return { usedBy: users.map(({ name }) => name) };
      await manager.delete(ConnectionEntity, { id });
      await this.auditor.record({ before: row, after: null }, manager);
      return 'removed';
    });
  }

  /** By name, by keyset. @throws InvalidInputError */
  async page(query: ListConnections, scope: TenantScope): Promise<ConnectionPage> {
    const limit = checkedLimit(query.limit);
    const listed = this.dataSource
      .getRepository(ConnectionEntity)
      .createQueryBuilder('c')
      .orderBy('c.name')
      .addOrderBy('c.id')
      .limit(limit + 1);
    if (scope !== 'all') listed.andWhere('c.tenant = :tenant', { tenant: scope.tenant });
    if (query.provider !== undefined) {
      listed.andWhere('c.provider = :provider', {
        provider: withoutNul('provider', query.provider),
      });
    }
    if (query.hasConfigProblem !== undefined) {
      listed.andWhere(`c.config_problem IS ${query.hasConfigProblem ? 'NOT ' : ''}NULL`);
    }
    if (query.search) {
      const like = `%${withoutNul('search', query.search).replaceAll(/[\\%_]/g, '\\$&')}%`;
      listed.andWhere(new Brackets((name) => name.where('c.name ILIKE :like', { like })));
    }
    if (query.cursor !== undefined) {
      listed.andWhere('(c.name, c.id) > (:name, :id)', readCursor(query.cursor));
    }
    const found = await listed.getMany();
    const rows = found.slice(0, limit);
    const last = rows.at(-1);
    return { rows, nextCursor: found.length > limit && last ? writeCursor(last) : null };
  }

  /** How many subscriptions name each of these. */
  async usage(ids: readonly string[]): Promise<Map<string, number>> {
    const rows: { connection_id: string; users: number }[] = await this.dataSource.query(
      `SELECT connection_id, count(*)::int AS users FROM ${this.subscriptions}
       WHERE connection_id = ANY($1::uuid[]) GROUP BY connection_id`,
      [ids],
    );
    return new Map(rows.map(({ connection_id: id, users }) => [id, users]));
  }
}

function inScope(id: string, scope: TenantScope): { id: string; tenant?: string } {
  return scope === 'all' ? { id } : { id, tenant: scope.tenant };
}

async function locked(
  manager: EntityManager,
  id: string,
  scope: TenantScope,
): Promise<ConnectionEntity | null> {
  return manager.findOne(ConnectionEntity, {
    where: inScope(id, scope),
    lock: { mode: 'pessimistic_write' },
  });
}

function withoutNul(field: string, text: string): string {
  if (!text.includes('\0')) return text;
  throw new InvalidInputError([{ field, message: 'must not contain a NUL character' }]);
}

function checkedLimit(limit: number = DEFAULT_LIMIT): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new InvalidInputError([
    { field: 'limit', message: `must be a whole number from 1 to ${MAX_LIMIT}` },
  ]);
}

function writeCursor({ name, id }: ConnectionEntity): string {
  return Buffer.from(JSON.stringify({ name, id })).toString('base64url');
}

function readCursor(text: string): { name: string; id: string } {
  try {
    const cursor: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (isCursor(cursor)) return cursor;
  } catch {
    // Not ours: answered below.
  }
  throw new InvalidInputError([
    { field: 'cursor', message: 'is not a cursor that an earlier page gave' },
  ]);
}

function isCursor(value: unknown): value is { name: string; id: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    !value.name.includes('\0') &&
    'id' in value &&
    isId(value.id)
  );
}
