import { isId, newId } from '@nest-integrations/common';
import { Injectable } from '@nestjs/common';
import { ConfigChecker } from '../configs/config.checker.js';
import { ConnectionService } from '../connections/connection.service.js';
import { InvalidInputError, NotFoundError, type FieldProblem } from '../integration.error.js';
import { tenantProblems } from '../tenants/tenant-scope.js';
import { ProviderRegistry, type BoundProvider } from '../providers/provider.registry.js';
import { EventTypeCatalog } from './event-type-catalog.js';
import type { SigningSecret } from './signing-secret.js';
import { newSigningSecret, rotated } from './signing-secrets.js';
import { SubscriptionConfigChecker } from './subscription-config.checker.js';
import { SubscriptionEntity } from './subscription.entity.js';
import {
  generalProblems,
  overlapProblems,
  patchProblems,
  signingSecretProblems,
} from './subscription.input.js';
import { SubscriptionSecrets } from './subscription.secrets.js';
import { SubscriptionStopped } from './subscription-stopped.js';
import { SubscriptionStore } from './subscription.store.js';
import { templateFieldProblems } from './template-field.problems.js';
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
import { toSubscription } from './subscription.view.js';

const DEFAULT_OVERLAP_SECONDS = 24 * 60 * 60;

/** What admins do with subscriptions. Nothing is written where an input is wrong. */
@Injectable()
export class SubscriptionService {
  private readonly configs: SubscriptionConfigChecker;

  constructor(
    private readonly store: SubscriptionStore,
    private readonly secrets: SubscriptionSecrets,
    private readonly providers: ProviderRegistry,
    private readonly catalog: EventTypeCatalog,
    private readonly stopped: SubscriptionStopped,
    private readonly connections: ConnectionService,
    configs: ConfigChecker,
  ) {
    this.configs = new SubscriptionConfigChecker(providers, configs);
  }

  /** @throws InvalidInputError with every field that is wrong */
  async create(input: CreateSubscription, scope: TenantScope): Promise<Subscription> {
    const tenant = scope === 'all' ? (input.tenant ?? '') : scope.tenant;
    const connectionId = input.connectionId ?? null;
    const given = { ...input, hasConnection: connectionId !== null };
    const { provider, config } = this.configs.check(given, [
      ...tenantProblems(input.tenant, scope),
      ...generalProblems(input, this.catalog),
      ...signingSecretProblems(input.signingSecret, this.providers.find(input.provider)),
      ...(await this.connectionProblems(connectionId, input.provider, tenant)),
    ]);
    this.refuseTemplates({ ...input, provider, config });
    const id = newId();
    const now = new Date();
    const row = Object.assign(new SubscriptionEntity(), {
      id,
      tenant,
      name: input.name,
      description: input.description ?? null,
      provider: input.provider,
      eventTypes: [...input.eventTypes],
      filter: input.filter ? { ...input.filter } : null,
      config: this.secrets.seal(id, config, provider.configSchema),
      configVersion: provider.configVersion,
      connectionId,
      signingSecrets: this.firstSigningSecret(id, provider, input.signingSecret),
      retryPolicy: input.retryPolicy ?? 'default',
      timeoutMs: input.timeoutMs ?? null,
      limits: limitsOf(input.limits),
      ordering: input.ordering ? { ...input.ordering } : null,
      enabled: input.enabled ?? true,
      disabledReason: null,
      disabledAt: input.enabled === false ? now : null,
      revision: 1,
      createdAt: now,
      updatedAt: now,
    } satisfies SubscriptionEntity);
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

  /** What is left out stays. @throws NotFoundError, InvalidInputError */
  async update(id: string, patch: UpdateSubscription, scope: TenantScope): Promise<Subscription> {
    const problems = await this.patchedConnectionProblems(await this.row(id, scope), patch);
    const row = await this.change(id, scope, (current) =>
      this.applyPatch(current, patch, problems),
    );
    if (patch.enabled === false) await this.stopped.stop(row, 'The subscription was disabled');
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
      switchEnabled(current, { enabled, reason: reason ?? null });
    });
    if (!enabled) {
      await this.stopped.stop(row, `The subscription was disabled${reason ? `: ${reason}` : ''}`);
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

  private async connectionProblems(
    connectionId: string | null,
    provider: string,
    tenant: string,
  ): Promise<FieldProblem[]> {
    return this.connections.problems(connectionId, {
      provider: this.providers.find(provider),
      tenant,
    });
  }

  /** Only where the patch changes what they depend on. */
  private async patchedConnectionProblems(
    row: SubscriptionEntity,
    patch: UpdateSubscription,
  ): Promise<FieldProblem[]> {
    const provider = patch.provider ?? row.provider;
    if (patch.connectionId === undefined && provider === row.provider) return [];
    return this.connectionProblems(patchedConnection(row, patch), provider, row.tenant);
  }

  private applyPatch(
    row: SubscriptionEntity,
    patch: UpdateSubscription,
    connectionProblems: readonly FieldProblem[],
  ): void {
    this.checkPatch(row, patch, connectionProblems);
    if (patch.name !== undefined) row.name = patch.name;
    if (patch.description !== undefined) row.description = patch.description;
    if (patch.eventTypes !== undefined) row.eventTypes = [...patch.eventTypes];
    if (patch.filter !== undefined) row.filter = patch.filter ? { ...patch.filter } : null;
    if (patch.retryPolicy !== undefined) row.retryPolicy = patch.retryPolicy;
    if (patch.timeoutMs !== undefined) row.timeoutMs = patch.timeoutMs;
    if (patch.limits !== undefined) row.limits = limitsOf(patch.limits);
    if (patch.ordering !== undefined) row.ordering = patch.ordering ? { ...patch.ordering } : null;
    if (patch.enabled !== undefined && patch.enabled !== row.enabled) {
      switchEnabled(row, { enabled: patch.enabled, reason: null });
    }
  }

  private checkPatch(
    row: SubscriptionEntity,
    patch: UpdateSubscription,
    connectionProblems: readonly FieldProblem[],
  ): void {
    const problems = [...patchProblems(patch, row, this.catalog), ...connectionProblems];
    const connectionId = patchedConnection(row, patch);
    const id = patch.provider ?? row.provider;
    const isSwitched = id !== row.provider;
    if (isSwitched && patch.config === undefined) {
      const message = `is needed with a new provider: '${row.provider}' has other fields`;
      problems.push({ field: 'config', message });
    }
    if (patch.config === undefined) {
      if (problems.length > 0) throw new InvalidInputError(problems);
      if (patch.eventTypes !== undefined) this.refuseStoredTemplates(row, patch.eventTypes);
      row.connectionId = connectionId;
      return;
    }
    const given = isSwitched ? patch.config : this.configs.withKept(row, patch.config);
    const hasConnection = connectionId !== null;
    const { provider, config } = this.configs.check(
      { provider: id, config: given, hasConnection },
      problems,
    );
    const { eventTypes = row.eventTypes, name = row.name } = patch;
    this.refuseTemplates({ provider, config, eventTypes, name });
    row.provider = id;
    row.connectionId = connectionId;
    row.config = this.secrets.seal(row.id, config, provider.configSchema);
    row.configVersion = provider.configVersion;
    if (isSwitched) row.signingSecrets = this.firstSigningSecret(row.id, provider, undefined);
  }

  /** @throws InvalidInputError with what is wrong with the templates in a config */
  private refuseTemplates({ provider, config, eventTypes, name }: TemplatedSubscription): void {
    const { configSchema } = provider;
    const templated = { config, configSchema, eventTypes, subscriptionName: name };
    const problems = templateFieldProblems(templated, this.catalog);
    if (problems.length > 0) throw new InvalidInputError(problems);
  }

  /** Other events may lack what the templates name. */
  private refuseStoredTemplates(row: SubscriptionEntity, eventTypes: readonly string[]): void {
    const provider = this.providers.find(row.provider);
    if (!provider) return;
    const { config } = this.secrets.show(row.config, provider.configSchema);
    this.refuseTemplates({ provider, config, eventTypes, name: row.name });
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

  private async shown(row: SubscriptionEntity): Promise<Subscription> {
    const [shown] = await this.allShown([row]);
    if (!shown) throw new NotFoundError('subscription', row.id);
    return shown;
  }

  private async allShown(rows: readonly SubscriptionEntity[]): Promise<Subscription[]> {
    const circuits = await this.store.circuitsOf(rows.map(({ id }) => id));
    return rows.map((row) =>
      toSubscription(
        { row, circuit: circuits.get(row.id) ?? 'closed' },
        this.providers.find(row.provider),
        this.secrets,
      ),
    );
  }
}

interface TemplatedSubscription {
  readonly provider: BoundProvider;
  readonly config: unknown;
  readonly eventTypes: readonly string[];
  readonly name: string;
}

/** Another provider's connection can't be kept. */
function patchedConnection(row: SubscriptionEntity, patch: UpdateSubscription): string | null {
  if (patch.connectionId !== undefined) return patch.connectionId;
  return patch.provider === undefined || patch.provider === row.provider ? row.connectionId : null;
}

/** Limits that limit nothing are none. */
function limitsOf(limits: CreateSubscription['limits']): SubscriptionEntity['limits'] {
  if (!limits) return null;
  const { maxConcurrency, rate } = limits;
  if (maxConcurrency === undefined && rate === undefined) return null;
  return { ...(maxConcurrency !== undefined && { maxConcurrency }), ...(rate && { rate }) };
}
