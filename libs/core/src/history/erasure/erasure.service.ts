import { isId } from '@nest-integrations/common';
import { Inject, Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { AuditLog } from '../../audit/audit.log.js';
import { AuditTrail } from '../../audit/audit.trail.js';
import { InvalidInputError, NotFoundError } from '../../integration.error.js';
import { INTEGRATION_DATA_SOURCE } from '../../persistence/integration-data-source.token.js';
import type { Page, TenantScope } from '../../subscriptions/subscription.types.js';
import { isStoredAsGiven } from '../../tenants/stored-text.js';
import { HistoryKeeper } from '../history.keeper.js';
import { ErasureStore } from './erasure.store.js';
import type { ErasedPayload, Erasure, ListErasures } from './erasure.types.js';
import { PayloadEraser } from './payload.eraser.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;
const MAX_NAME_LENGTH = 255;

/** Removes data for good, where its owner may ask for that. */
@Injectable()
export class ErasureService {
  constructor(
    @Inject(INTEGRATION_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly store: ErasureStore,
    private readonly payloads: PayloadEraser,
    private readonly keeper: HistoryKeeper,
    private readonly audit: AuditLog,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * Erases what an event said: payload, bodies, headers, URLs and errors of its attempts, its
   * idempotency key. What was still to be sent is cancelled.
   * @throws NotFoundError
   */
  async eraseEventPayload(eventId: string, scope: TenantScope): Promise<ErasedPayload> {
    return this.payloads.erase(eventId, scope);
  }

  /**
   * Erases all there is of a tenant, in the background: subscriptions with their secrets, events,
   * deliveries, attempts, idempotency keys, what the audit log says of them. Stop publishing for the
   * tenant first: an event that comes later begins its history anew. Where one is under way already,
   * that is the answer.
   * @throws InvalidInputError, NotFoundError where the tenant is not in scope, or nothing is kept of it
   */
  async eraseTenant(tenant: string, scope: TenantScope): Promise<Erasure> {
    if (tenant === '' || tenant.length > MAX_NAME_LENGTH || !isStoredAsGiven(tenant)) {
      throw new InvalidInputError([
        {
          field: 'tenant',
          message: `must be 1 to ${MAX_NAME_LENGTH} characters, without NUL or half a surrogate pair`,
        },
      ]);
    }
    if (scope !== 'all' && scope.tenant !== tenant) throw new NotFoundError('tenant', tenant);
    if (!(await this.store.holdsAnythingOf(tenant))) throw new NotFoundError('tenant', tenant);
    const requestedBy = this.trail.callFor(tenant)?.actor ?? null;
    const begun = await this.dataSource.transaction(async (manager) => {
      const erasure = await this.store.begin(manager, { tenant, requestedBy });
      const after = { erasureId: erasure?.id ?? null, state: 'running' };
      await this.audit.record(
        { tenant, subjectType: 'tenant', subjectId: tenant, after },
        { operation: 'eraseTenant', writer: manager },
      );
      return erasure;
    });
    this.keeper.eraseSoon();
    // One that ended in between has left nothing: it is asked for again.
    return begun ?? (await this.store.running(tenant)) ?? this.eraseTenant(tenant, scope);
  }

  /** @throws NotFoundError */
  async get(id: string, scope: TenantScope): Promise<Erasure> {
    const erasure = await this.store.find(id, scope);
    if (!erasure) throw new NotFoundError('erasure', id);
    return erasure;
  }

  /** Newest first, by keyset. @throws InvalidInputError */
  async list(
    { limit = DEFAULT_LIMIT, cursor }: ListErasures,
    scope: TenantScope,
  ): Promise<Page<Erasure>> {
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
      throw new InvalidInputError([
        { field: 'limit', message: `must be a whole number from 1 to ${MAX_LIMIT}` },
      ]);
    }
    const before = cursor === undefined ? null : Buffer.from(cursor, 'base64url').toString();
    if (before !== null && !isId(before)) {
      throw new InvalidInputError([
        { field: 'cursor', message: 'is not a cursor that an earlier page gave' },
      ]);
    }
    const rows = await this.store.page({ limit: limit + 1, before }, scope);
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    const nextCursor =
      rows.length > limit && last ? Buffer.from(last.id).toString('base64url') : null;
    return { items, nextCursor };
  }
}
