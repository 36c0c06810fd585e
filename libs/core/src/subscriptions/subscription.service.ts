import { isId, newId } from '@nest-integrations/common';
import { Injectable } from '@nestjs/common';
import { InvalidInputError, NotFoundError, type FieldProblem } from '../integration.error.js';
import { parseConfig } from '../providers/config-schema.js';
import { ProviderRegistry, type BoundProvider } from '../providers/provider.registry.js';
import { EventTypeCatalog } from './event-type-catalog.js';
import type { SigningSecret } from './signing-secret.js';
import { newSigningSecret, rotated, signingSecretProblem } from './signing-secrets.js';
import { SubscriptionEntity } from './subscription.entity.js';
import { generalProblems, type GeneralFields } from './subscription.input.js';
import { keepSecrets, SubscriptionSecrets } from './subscription.secrets.js';
import { SubscriptionStopped } from './subscription-stopped.js';
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

const DEFAULT_OVERLAP_SECONDS = 24 * 60 * 60;
const MAX_OVERLAP_SECONDS = 30 * 24 * 60 * 60;

/** What admins do with subscriptions. Nothing is written where an input is wrong. */
@Injectable()
export class SubscriptionService {
  constructor(
    private readonly store: SubscriptionStore,
    private readonly secrets: SubscriptionSecrets,
    private readonly providers: ProviderRegistry,
    private readonly catalog: EventTypeCatalog,
    private readonly stopped: SubscriptionStopped,
  ) {}

  /** @throws InvalidInputError with every field that is wrong */
  async create(input: CreateSubscription, scope: TenantScope): Promise<Subscription> {
    const id = newId();
    const tenant = tenantOf(input.tenant, scope);
    const given = signingProblems(input.signingSecret);
    const checked = this.check(
      {
        name: input.name,
        description: input.description ?? null,
        eventTypes: input.eventTypes,
        filter: input.filter ?? null,
        retryPolicy: input.retryPolicy ?? 'default',
        timeoutMs: input.timeoutMs ?? null,
      },
      { provider: input.provider, config: input.config },
      given,
    );
    const now = new Date();
    const row = Object.assign(new SubscriptionEntity(), {
      id,
      tenant,
      name: input.name,
      description: input.description ?? null,
      provider: input.provider,
      eventTypes: [...input.eventTypes],
      filter: input.filter ? { ...input.filter } : null,
      config: this.secrets.seal(id, checked.config, checked.provider.configSchema),
      configVersion: checked.provider.configVersion,
      signingSecrets: this.firstSigningSecret(id, checked.provider, input.signingSecret),
      retryPolicy: input.retryPolicy ?? 'default',
      timeoutMs: input.timeoutMs ?? null,
      enabled: input.enabled ?? true,
      disabledReason: null,
      disabledAt: input.enabled === false ? now : null,
      revision: 1,
      createdAt: now,
      updatedAt: now,
    } satisfies SubscriptionEntity);
    await this.store.insert(row);
    return this.toSubscription(row);
  }

  /** @throws NotFoundError */
  async get(id: string, scope: TenantScope): Promise<Subscription> {
    const row = isId(id) ? await this.store.find(id, scope) : null;
    if (!row) throw new NotFoundError('subscription', id);
    return this.toSubscription(row);
  }

  /** @throws InvalidInputError */
  async list(query: ListSubscriptions, scope: TenantScope): Promise<CountedPage<Subscription>> {
    const { rows, total, nextCursor } = await this.store.page(query, scope);
    return { items: rows.map((row) => this.toSubscription(row)), total, nextCursor };
  }

  /** What is left out stays. @throws NotFoundError, InvalidInputError */
  async update(id: string, patch: UpdateSubscription, scope: TenantScope): Promise<Subscription> {
    const row = await this.change(id, scope, (current) => this.applyPatch(current, patch));
    if (patch.enabled === false) await this.stopped.stop(id, 'The subscription was disabled');
    return this.toSubscription(row);
  }

  /** @throws NotFoundError */
  async remove(id: string, scope: TenantScope): Promise<void> {
    const removed = isId(id) && (await this.store.remove(id, scope));
    if (!removed) throw new NotFoundError('subscription', id);
    await this.stopped.stop(id, 'The subscription was deleted');
  }

  /** @throws NotFoundError */
  async setEnabled(
    id: string,
    { enabled, reason }: { enabled: boolean; reason?: string },
    scope: TenantScope,
  ): Promise<Subscription> {
    const row = await this.change(id, scope, (current) => {
      setEnabled(current, { enabled, reason: reason ?? null });
    });
    if (!enabled) {
      await this.stopped.stop(id, `The subscription was disabled${reason ? `: ${reason}` : ''}`);
    }
    return this.toSubscription(row);
  }

  /** The new secret signs at once; the old ones beside it until the overlap ends. @throws NotFoundError, InvalidInputError */
  async rotateSigningSecret(
    id: string,
    { overlapSeconds = DEFAULT_OVERLAP_SECONDS, kind = 'hmac' }: RotateSigningSecret,
    scope: TenantScope,
  ): Promise<Subscription> {
    if (
      !Number.isInteger(overlapSeconds) ||
      overlapSeconds < 0 ||
      overlapSeconds > MAX_OVERLAP_SECONDS
    ) {
      throw new InvalidInputError([
        {
          field: 'overlapSeconds',
          message: `must be a whole number from 0 to ${MAX_OVERLAP_SECONDS}`,
        },
      ]);
    }
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
    return this.toSubscription(row);
  }

  /** The only way to see them; for who sets up the receiver. @throws NotFoundError */
  async revealSigningSecrets(id: string, scope: TenantScope): Promise<SigningSecret[]> {
    const row = isId(id) ? await this.store.find(id, scope) : null;
    if (!row) throw new NotFoundError('subscription', id);
    return this.secrets.openSigning(id, row.signingSecrets);
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

  private applyPatch(row: SubscriptionEntity, patch: UpdateSubscription): void {
    const provider = patch.provider ?? row.provider;
    const switched = provider !== row.provider;
    const problems: FieldProblem[] =
      switched && patch.config === undefined
        ? [
            {
              field: 'config',
              message: `is needed with a new provider: '${row.provider}' has other fields`,
            },
          ]
        : [];
    const general: GeneralFields = {
      name: patch.name ?? row.name,
      description: patch.description === undefined ? row.description : patch.description,
      eventTypes: patch.eventTypes ?? row.eventTypes,
      filter: patch.filter === undefined ? row.filter : patch.filter,
      retryPolicy: patch.retryPolicy ?? row.retryPolicy,
      timeoutMs: patch.timeoutMs === undefined ? row.timeoutMs : patch.timeoutMs,
    };
    const config = this.patchedConfig(row, patch.config, switched);
    const checked = this.check(general, { provider, config }, problems);
    row.name = patch.name ?? row.name;
    if (patch.description !== undefined) row.description = patch.description;
    if (patch.eventTypes) row.eventTypes = [...patch.eventTypes];
    if (patch.filter !== undefined) row.filter = patch.filter ? { ...patch.filter } : null;
    if (patch.retryPolicy !== undefined) row.retryPolicy = patch.retryPolicy;
    if (patch.timeoutMs !== undefined) row.timeoutMs = patch.timeoutMs;
    row.provider = provider;
    row.config = this.secrets.seal(row.id, checked.config, checked.provider.configSchema);
    row.configVersion = checked.provider.configVersion;
    if (switched) row.signingSecrets = this.firstSigningSecret(row.id, checked.provider, undefined);
    if (patch.enabled !== undefined && patch.enabled !== row.enabled) {
      setEnabled(row, { enabled: patch.enabled, reason: null });
    }
  }

  /** In clear: what was given, with the secrets that it leaves out. */
  private patchedConfig(row: SubscriptionEntity, given: unknown, switched: boolean): unknown {
    const current = this.providers.find(row.provider);
    if (switched || !current) return given ?? row.config;
    const opened = this.secrets.open(row.id, row.config, current.configSchema);
    return given === undefined ? opened : keepSecrets(opened, given, current.configSchema);
  }

  /** @throws InvalidInputError with all problems, also those found before */
  private check(
    general: GeneralFields,
    { provider: id, config }: { provider: string; config: unknown },
    before: readonly FieldProblem[],
  ): { provider: BoundProvider; config: unknown } {
    const problems = [...before, ...generalProblems(general, this.catalog)];
    const provider = this.providers.find(id);
    if (!provider) {
      const known = this.providers.list().map((p) => p.id);
      throw new InvalidInputError([
        ...problems,
        {
          field: 'provider',
          message: `'${id}' is not registered; there are ${known.join(', ') || 'none'}`,
        },
      ]);
    }
    const parsed = parseConfig(provider.config, { config, version: provider.configVersion });
    if (!parsed.ok) throw new InvalidInputError([...problems, ...parsed.problems]);
    for (const { field, message } of provider.instance.validate?.(parsed.config) ?? []) {
      problems.push({ field: `config.${field}`, message });
    }
    if (problems.length > 0) throw new InvalidInputError(problems);
    return { provider, config: parsed.config };
  }

  private firstSigningSecret(
    id: string,
    provider: BoundProvider,
    given: string | undefined,
  ): SubscriptionEntity['signingSecrets'] {
    if (provider.signing === 'none') return [];
    const secret = given === undefined ? newSigningSecret() : { id: newId(), secret: given };
    return [this.secrets.sealSigning(id, secret)];
  }

  private toSubscription(row: SubscriptionEntity): Subscription {
    const provider = this.providers.find(row.provider);
    // Without its provider nobody knows which fields are secret: none is shown.
    const shown = provider
      ? this.secrets.show(row.config, provider.configSchema)
      : { config: null, secrets: [] };
    return {
      id: row.id,
      tenant: row.tenant || null,
      name: row.name,
      description: row.description,
      eventTypes: row.eventTypes,
      provider: row.provider,
      config: shown.config,
      configVersion: row.configVersion,
      configSecrets: shown.secrets,
      filter: row.filter,
      retryPolicy: row.retryPolicy,
      timeoutMs: row.timeoutMs,
      enabled: row.enabled,
      disabledReason: row.disabledReason,
      disabledAt: row.disabledAt,
      signingSecrets: row.signingSecrets.map(({ id, kind, publicKey, expiresAt }) => ({
        id,
        kind,
        publicKey,
        expiresAt,
      })),
      revision: row.revision,
      createdAt: row.createdAt,
      updatedAt: row.updatedAt,
    };
  }
}

function setEnabled(
  row: SubscriptionEntity,
  { enabled, reason }: { enabled: boolean; reason: string | null },
): void {
  row.enabled = enabled;
  row.disabledReason = enabled ? null : reason;
  row.disabledAt = enabled ? null : new Date();
}

function signingProblems(secret: string | undefined): FieldProblem[] {
  const problem = secret === undefined ? null : signingSecretProblem(secret);
  return problem === null ? [] : [{ field: 'signingSecret', message: problem }];
}

function tenantOf(given: string | undefined, scope: TenantScope): string {
  if (scope === 'all') return given ?? '';
  if (given !== undefined && given !== scope.tenant) {
    throw new InvalidInputError([{ field: 'tenant', message: `must be '${scope.tenant}'` }]);
  }
  return scope.tenant;
}
