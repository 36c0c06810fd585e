import { isId } from '@nest-integrations/common';
import { Injectable } from '@nestjs/common';
import { assertRevision } from '../configs/assert-revision.js';
import { ConflictError, InvalidInputError, NotFoundError } from '../integration.error.js';
import { ProviderRegistry } from '../providers/provider.registry.js';
import type { SigningSecret } from './signing-secret.js';
import { newSigningSecret, rotated } from './signing-secrets.js';
import { SubscriptionEntity } from './subscription.entity.js';
import { SubscriptionDrafts } from './subscription.drafts.js';
import { overlapProblems } from './subscription.input.js';
import { SubscriptionSecrets } from './subscription.secrets.js';
import { SubscriptionStopped, WAS_DISABLED } from './subscription-stopped.js';
import { SubscriptionStore } from './subscription.store.js';
import type {
  CountedPage,
  CreateSubscription,
  ListSubscriptions,
  RotateSigningSecret,
  Subscription,
  TenantScope,
  UpdateSubscription,
} from './subscription.types.js';
import { switchEnabled } from './switch-enabled.js';
import { toSubscription, type SubscriptionCondition } from './subscription.view.js';

const WELL: SubscriptionCondition = { circuit: 'closed', failingSince: null };
const DEFAULT_OVERLAP_SECONDS = 24 * 60 * 60;

/** What admins do with subscriptions. Nothing is written where an input is wrong. */
@Injectable()
export class SubscriptionService {
  constructor(
    private readonly store: SubscriptionStore,
    private readonly secrets: SubscriptionSecrets,
    private readonly providers: ProviderRegistry,
    private readonly stopped: SubscriptionStopped,
    private readonly drafts: SubscriptionDrafts,
  ) {}

  /** @throws InvalidInputError with every field that is wrong */
  async create(input: CreateSubscription, scope: TenantScope): Promise<Subscription> {
    const row = await this.drafts.rowOf(input, scope);
    await this.store.insert(row);
    return this.shown(row);
  }

  /** @throws NotFoundError */
  async get(id: string, scope: TenantScope): Promise<Subscription> {
    return this.shown(await this.row(id, scope));
  }

  /** @throws InvalidInputError */
  async list(query: ListSubscriptions, scope: TenantScope): Promise<CountedPage<Subscription>> {
    const { rows, total, nextCursor } = await this.store.page(query, scope);
    return { items: await this.allShown(rows), total, nextCursor };
  }

  /** What is left out stays. @throws NotFoundError, InvalidInputError, ConflictError */
  async update(id: string, patch: UpdateSubscription, scope: TenantScope): Promise<Subscription> {
    const apply = await this.drafts.patching(await this.row(id, scope), patch);
    const row = await this.change(id, scope, (current) => {
      assertRevision(current, patch.revision);
      apply(current);
    });
    if (patch.enabled === false) await this.stopped.stop(row, WAS_DISABLED);
    return this.shown(row);
  }

  /** @throws NotFoundError */
  async remove(id: string, scope: TenantScope): Promise<void> {
    const removed = isId(id) ? await this.store.remove(id, scope) : null;
    if (!removed) throw new NotFoundError('subscription', id);
    await this.stopped.stop(removed, 'The subscription was deleted');
  }

  /** @throws NotFoundError */
  async setEnabled(
    id: string,
    { enabled, reason }: { enabled: boolean; reason?: string },
    scope: TenantScope,
  ): Promise<Subscription> {
    const row = await this.change(id, scope, (current) => {
      if (enabled && current.configProblem !== null) {
        throw new ConflictError(
          `Its config can’t be used: ${current.configProblem}. Change it first`,
        );
      }
      switchEnabled(current, { enabled, reason: reason ?? null });
    });
    if (!enabled) {
      await this.stopped.stop(row, `${WAS_DISABLED}${reason ? `: ${reason}` : ''}`);
    }
    return this.shown(row);
  }

  /** The new secret signs at once; the old ones beside it until the overlap ends. @throws NotFoundError, InvalidInputError */
  async rotateSigningSecret(
    id: string,
    { overlapSeconds = DEFAULT_OVERLAP_SECONDS, kind = 'hmac' }: RotateSigningSecret,
    scope: TenantScope,
  ): Promise<Subscription> {
    const problems = overlapProblems(overlapSeconds);
    if (problems.length > 0) throw new InvalidInputError(problems);
    const row = await this.change(id, scope, (current) => {
      if (this.providers.find(current.provider)?.signing !== 'standard-webhooks') {
        throw new InvalidInputError([
          { field: 'provider', message: `'${current.provider}' does not sign what it sends` },
        ]);
      }
      const next = this.secrets.sealSigning(id, newSigningSecret(kind));
      const rotation = { overlapSeconds, now: new Date() };
      current.signingSecrets = rotated(current.signingSecrets, next, rotation);
    });
    return this.shown(row);
  }

  /** The only way to see them; for who sets up the receiver. @throws NotFoundError */
  async revealSigningSecrets(id: string, scope: TenantScope): Promise<SigningSecret[]> {
    const row = await this.row(id, scope);
    return this.secrets.openSigning(id, row.signingSecrets);
  }

  private async row(id: string, scope: TenantScope): Promise<SubscriptionEntity> {
    const row = isId(id) ? await this.store.find(id, scope) : null;
    if (!row) throw new NotFoundError('subscription', id);
    return row;
  }

  private async change(
    id: string,
    scope: TenantScope,
    change: (row: SubscriptionEntity) => void,
  ): Promise<SubscriptionEntity> {
    const row = isId(id) ? await this.store.change(id, scope, change) : null;
    if (!row) throw new NotFoundError('subscription', id);
    return row;
  }

  private async shown(row: SubscriptionEntity): Promise<Subscription> {
    const [shown] = await this.allShown([row]);
    if (!shown) throw new NotFoundError('subscription', row.id);
    return shown;
  }

  private async allShown(rows: readonly SubscriptionEntity[]): Promise<Subscription[]> {
    const conditions = await this.store.conditionsOf(rows.map(({ id }) => id));
    return rows.map((row) =>
      toSubscription(
        { row, ...(conditions.get(row.id) ?? WELL) },
        this.providers.find(row.provider),
        this.secrets,
      ),
    );
  }
}
