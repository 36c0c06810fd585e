import { isId } from '@nest-integrations/common';
import { Injectable } from '@nestjs/common';
import { InvalidInputError, NotFoundError } from '../integration.error.js';
import {
  SubscriptionRuntimeLoader,
  type BrokenSubscription,
  type SubscriptionRuntime,
} from './subscription-runtime.js';
import { SubscriptionDrafts } from './subscription.drafts.js';
import type { SubscriptionEntity } from './subscription.entity.js';
import { SubscriptionStore } from './subscription.store.js';
import type { CreateSubscription, TenantScope } from './subscription.types.js';

/**
 * A subscription that is not stored: a new one, or with `subscriptionId` a change of a stored one,
 * whose fields and secrets stand in for those left out.
 */
export type SubscriptionDraft = Partial<CreateSubscription> & { readonly subscriptionId?: string };

export interface OpenedDraft {
  /** As it would be stored. */
  readonly row: SubscriptionEntity;
  readonly runtime: SubscriptionRuntime;
  /** The stored one that it changes; `null`: it is new. */
  readonly stored: StoredSubscription | null;
}

export interface StoredSubscription {
  readonly row: SubscriptionEntity;
  readonly runtime: SubscriptionRuntime | BrokenSubscription;
}

const UNNAMED = 'Draft';

/** Makes drafts ready to deliver, judged as if they were saved. Writes nothing. */
@Injectable()
export class DraftOpener {
  constructor(
    private readonly store: SubscriptionStore,
    private readonly drafts: SubscriptionDrafts,
    private readonly runtimes: SubscriptionRuntimeLoader,
  ) {}

  /** @throws NotFoundError, InvalidInputError with every field that is wrong */
  async open(draft: SubscriptionDraft, scope: TenantScope): Promise<OpenedDraft> {
    const { subscriptionId, ...fields } = draft;
    const stored =
      subscriptionId === undefined ? null : await this.storedRow(subscriptionId, scope);
    const row = stored
      ? await this.changed(stored, fields)
      : await this.drafts.rowOf({ ...complete(fields), name: fields.name || UNNAMED }, scope);
    const runtime = await this.runtimes.ofRow(row);
    if ('broken' in runtime) {
      throw new InvalidInputError([{ field: 'config', message: runtime.broken }]);
    }
    return {
      row,
      runtime,
      stored: stored && { row: stored, runtime: await this.runtimes.ofRow(stored) },
    };
  }

  private async storedRow(id: string, scope: TenantScope): Promise<SubscriptionEntity> {
    const row = isId(id) ? await this.store.find(id, scope) : null;
    if (!row) throw new NotFoundError('subscription', id);
    return row;
  }

  private async changed(
    stored: SubscriptionEntity,
    fields: Partial<CreateSubscription>,
  ): Promise<SubscriptionEntity> {
    const { tenant: _tenant, signingSecret: _signingSecret, ...patch } = fields;
    const row = structuredClone(stored);
    const apply = await this.drafts.patching(stored, patch);
    apply(row);
    return row;
  }
}

/** @throws InvalidInputError naming what a new one can't do without */
function complete(fields: Partial<CreateSubscription>): CreateSubscription {
  const { provider, config, eventTypes } = fields;
  if (provider !== undefined && config !== undefined && eventTypes !== undefined) {
    return { ...fields, name: fields.name ?? UNNAMED, provider, config, eventTypes };
  }
  const missing = Object.entries({ provider, config, eventTypes }).filter(
    ([, value]) => value === undefined,
  );
  throw new InvalidInputError(
    missing.map(([field]) => ({ field, message: 'is needed, or name a subscriptionId' })),
  );
}
