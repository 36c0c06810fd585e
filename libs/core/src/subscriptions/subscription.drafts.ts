import { newId } from '@nest-integrations/common';
import { Injectable } from '@nestjs/common';
import { ConfigChecker } from '../configs/config.checker.js';
import { ConnectionService } from '../connections/connection.service.js';
import { InvalidInputError, type FieldProblem } from '../integration.error.js';
import { ProviderRegistry, type BoundProvider } from '../providers/provider.registry.js';
import { EventTransformer } from '../transformations/event.transformer.js';
import { tenantProblems } from '../tenants/tenant-scope.js';
import { EventTypeCatalog } from './event-type-catalog.js';
import { newSigningSecret } from './signing-secrets.js';
import { SubscriptionConfigChecker } from './subscription-config.checker.js';
import { SubscriptionEntity } from './subscription.entity.js';
import { generalProblems, patchProblems, signingSecretProblems } from './subscription.input.js';
import { SubscriptionSecrets } from './subscription.secrets.js';
import type { CreateSubscription, TenantScope, UpdateSubscription } from './subscription.types.js';
import { switchEnabled } from './switch-enabled.js';
import { templateFieldProblems } from './template-field.problems.js';
import { threadKeyProblems, type ThreadedSubscription } from './thread-key.problems.js';

/** Turns what admins give into rows, once all of it is right. */
@Injectable()
export class SubscriptionDrafts {
  private readonly configs: SubscriptionConfigChecker;

  constructor(
    private readonly secrets: SubscriptionSecrets,
    private readonly providers: ProviderRegistry,
    private readonly catalog: EventTypeCatalog,
    private readonly connections: ConnectionService,
    private readonly transformer: EventTransformer,
    configs: ConfigChecker,
  ) {
    this.configs = new SubscriptionConfigChecker(providers, configs);
  }

  /** A new one. @throws InvalidInputError with every field that is wrong */
  async rowOf(input: CreateSubscription, scope: TenantScope): Promise<SubscriptionEntity> {
    const tenant = scope === 'all' ? (input.tenant ?? '') : scope.tenant;
    const connectionId = input.connectionId ?? null;
    const given = { ...input, hasConnection: connectionId !== null };
    const { provider, config } = this.configs.check(given, [
      ...tenantProblems(input.tenant, scope),
      ...generalProblems(input, this.catalog),
      ...signingSecretProblems(input.signingSecret, this.providers.find(input.provider)),
      ...(await this.connectionProblems(connectionId, input.provider, tenant)),
      ...(await this.transformer.problems(input.transform)),
    ]);
    this.refuseTemplates({ ...input, provider, config });
    const id = newId();
    const now = new Date();
    return Object.assign(new SubscriptionEntity(), {
      id,
      tenant,
      name: input.name,
      description: input.description ?? null,
      provider: input.provider,
      eventTypes: [...input.eventTypes],
      filter: input.filter ? { ...input.filter } : null,
      config: this.secrets.seal(id, config, provider.configSchema),
      configVersion: provider.configVersion,
      configProblem: null,
      connectionId,
      signingSecrets: this.firstSigningSecret(id, provider, input.signingSecret),
      retryPolicy: input.retryPolicy ?? 'default',
      timeoutMs: input.timeoutMs ?? null,
      limits: limitsOf(input.limits),
      ordering: orderingOf(input),
      threadKey: input.threadKey ?? null,
      transform: input.transform ?? null,
      enabled: input.enabled ?? true,
      disabledReason: null,
      disabledAt: input.enabled === false ? now : null,
      revision: 1,
      createdAt: now,
      updatedAt: now,
    } satisfies SubscriptionEntity);
  }

  /**
   * What brings a patch into a row of the same state or a later one; it throws InvalidInputError where
   * something is wrong.
   */
  async patching(
    row: SubscriptionEntity,
    patch: UpdateSubscription,
  ): Promise<(current: SubscriptionEntity) => void> {
    const problems = [
      ...(await this.patchedConnectionProblems(row, patch)),
      ...(await this.transformer.problems(patch.transform)),
    ];
    return (current) => this.applyPatch(current, patch, problems);
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
    found: readonly FieldProblem[],
  ): void {
    this.checkPatch(row, patch, found);
    if (patch.name !== undefined) row.name = patch.name;
    if (patch.description !== undefined) row.description = patch.description;
    if (patch.eventTypes !== undefined) row.eventTypes = [...patch.eventTypes];
    if (patch.filter !== undefined) row.filter = patch.filter ? { ...patch.filter } : null;
    if (patch.retryPolicy !== undefined) row.retryPolicy = patch.retryPolicy;
    if (patch.timeoutMs !== undefined) row.timeoutMs = patch.timeoutMs;
    if (patch.limits !== undefined) row.limits = limitsOf(patch.limits);
    patchLines(row, patch);
    if (patch.transform !== undefined) row.transform = patch.transform;
    if (patch.enabled !== undefined && patch.enabled !== row.enabled) {
      switchEnabled(row, { enabled: patch.enabled, reason: null });
    }
  }

  private checkPatch(
    row: SubscriptionEntity,
    patch: UpdateSubscription,
    found: readonly FieldProblem[],
  ): void {
    const problems = [...patchProblems(patch, row, this.catalog), ...found];
    const connectionId = patchedConnection(row, patch);
    const id = patch.provider ?? row.provider;
    const isSwitched = id !== row.provider;
    if (isSwitched && patch.config === undefined) {
      const message = `is needed with a new provider: '${row.provider}' has other fields`;
      problems.push({ field: 'config', message });
    }
    if (patch.config === undefined) {
      if (problems.length > 0) throw new InvalidInputError(problems);
      if (changesTemplates(patch)) this.refuseStoredTemplates(row, patch);
      row.connectionId = connectionId;
      return;
    }
    const given = isSwitched ? patch.config : this.configs.withKept(row, patch.config);
    const hasConnection = connectionId !== null;
    const { provider, config } = this.configs.check(
      { provider: id, config: given, hasConnection },
      problems,
    );
    this.refuseTemplates({ provider, config, ...patched(row, patch) });
    row.provider = id;
    row.connectionId = connectionId;
    row.config = this.secrets.seal(row.id, config, provider.configSchema);
    row.configVersion = provider.configVersion;
    row.configProblem = null;
    if (isSwitched) row.signingSecrets = this.firstSigningSecret(row.id, provider, undefined);
  }

  /** @throws InvalidInputError with what is wrong with the templates in a config */
  private refuseTemplates(subscription: TemplatedSubscription): void {
    const { provider, config, eventTypes, name, transform } = subscription;
    const { configSchema } = provider;
    const templated = { config, configSchema, eventTypes, subscriptionName: name, transform };
    const problems = [
      ...templateFieldProblems(templated, this.catalog),
      ...threadKeyProblems(subscription, this.catalog),
    ];
    if (problems.length > 0) throw new InvalidInputError(problems);
  }

  /** Other events may lack what the templates name. */
  private refuseStoredTemplates(row: SubscriptionEntity, patch: UpdateSubscription): void {
    const provider = this.providers.find(row.provider);
    if (!provider) return;
    const { config } = this.secrets.show(row.config, provider.configSchema);
    this.refuseTemplates({ provider, config, ...patched(row, patch) });
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
}

interface TemplatedSubscription extends ThreadedSubscription {
  readonly provider: BoundProvider;
  readonly config: unknown;
  readonly transform?: string | null;
}

function changesTemplates(patch: UpdateSubscription): boolean {
  const { eventTypes, threadKey, ordering, transform } = patch;
  return [eventTypes, threadKey, ordering, transform].some((field) => field !== undefined);
}

/** What templates meet, as it will be. */
function patched(
  row: SubscriptionEntity,
  patch: UpdateSubscription,
): Omit<TemplatedSubscription, 'provider' | 'config'> {
  const { eventTypes = row.eventTypes, name = row.name, threadKey = row.threadKey } = patch;
  const { ordering = row.ordering, transform = row.transform } = patch;
  return { eventTypes, name, threadKey, ordering, transform };
}

/** Another provider's connection can't be kept. */
function patchedConnection(row: SubscriptionEntity, patch: UpdateSubscription): string | null {
  if (patch.connectionId !== undefined) return patch.connectionId;
  return patch.provider === undefined || patch.provider === row.provider ? row.connectionId : null;
}

/** Where there are threads, there is an order: that of each thread. */
function orderingOf({
  ordering,
  threadKey,
}: Pick<CreateSubscription, 'ordering' | 'threadKey'>): SubscriptionEntity['ordering'] {
  if (ordering) return { ...ordering };
  return threadKey ? {} : null;
}

/** The order that came with the threads goes with them. */
function patchLines(row: SubscriptionEntity, patch: UpdateSubscription): void {
  const { threadKey = row.threadKey } = patch;
  const kept = row.threadKey !== null && threadKey === null ? null : row.ordering;
  const { ordering = kept } = patch;
  row.ordering = orderingOf({ threadKey, ordering });
  row.threadKey = threadKey;
}

/** Limits that limit nothing are none. */
function limitsOf(limits: CreateSubscription['limits']): SubscriptionEntity['limits'] {
  if (!limits) return null;
  const { maxConcurrency, rate } = limits;
  if (maxConcurrency === undefined && rate === undefined) return null;
  return { ...(maxConcurrency !== undefined && { maxConcurrency }), ...(rate && { rate }) };
}
