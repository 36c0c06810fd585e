import { newId } from '@nest-integrations/common';
import { Injectable } from '@nestjs/common';
import { assertRevision } from '../configs/assert-revision.js';
import { ConfigChecker, type ConfigForm, type StoredConfig } from '../configs/config.checker.js';
import { ConfigSecrets } from '../configs/config.secrets.js';
import {
  ConflictError,
  InvalidInputError,
  NotFoundError,
  type FieldProblem,
} from '../integration.error.js';
import { ProviderRegistry, type BoundProvider } from '../providers/provider.registry.js';
import type { Page } from '../paging/page.js';
import { SignInReader, type SignInSubject } from '../oauth/sign-in.reader.js';
import { tenantProblems, type TenantScope } from '../tenants/tenant-scope.js';
import { connectionOwner } from './connection-owner.js';
import { ConnectionEntity } from './connection.entity.js';
import { ConnectionStore } from './connection.store.js';
import type {
  Connection,
  ConnectionDraft,
  CreateConnection,
  ListConnections,
  UpdateConnection,
} from './connection.types.js';

const MAX_NAME = 200;

/** A provider that has connections. */
type Connectable = BoundProvider & {
  readonly connection: NonNullable<BoundProvider['connection']>;
};

/** What admins do with connections. Nothing is written where an input is wrong. */
@Injectable()
export class ConnectionService {
  constructor(
    private readonly store: ConnectionStore,
    private readonly secrets: ConfigSecrets,
    private readonly configs: ConfigChecker,
    private readonly providers: ProviderRegistry,
    private readonly signIns: SignInReader,
  ) {}

  /** @throws InvalidInputError with every field that is wrong */
  async create(input: CreateConnection, scope: TenantScope): Promise<Connection> {
    const provider = this.connectable(input.provider);
    const config = this.configs.check(formOf(provider), input.config, [
      ...tenantProblems(input.tenant, scope),
      ...nameProblems(input.name),
    ]);
    const id = newId();
    const now = new Date();
    const row = Object.assign(new ConnectionEntity(), {
      id,
      tenant: scope === 'all' ? (input.tenant ?? '') : scope.tenant,
      name: input.name,
      provider: provider.id,
      config: this.secrets.seal(connectionOwner(id), config, provider.connection.jsonSchema),
      configVersion: provider.connection.versioned.version,
      configProblem: null,
      revision: 1,
      createdAt: now,
      updatedAt: now,
    } satisfies ConnectionEntity);
    await this.store.insert(row);
    return this.shownOne(row);
  }

  /** @throws NotFoundError */
  async get(id: string, scope: TenantScope): Promise<Connection> {
    return this.shownOne(await this.row(id, scope));
  }

  /** By name. @throws InvalidInputError */
  async list(query: ListConnections, scope: TenantScope): Promise<Page<Connection>> {
    const { rows, nextCursor } = await this.store.page(query, scope);
    return { items: await this.shown(rows), nextCursor };
  }

  /** What is left out stays. @throws NotFoundError, InvalidInputError, ConflictError */
  async update(id: string, patch: UpdateConnection, scope: TenantScope): Promise<Connection> {
    const problems = patch.name === undefined ? [] : nameProblems(patch.name);
    const row = await this.store.change(id, scope, (current) => {
      assertRevision(current, patch.revision);
      if (patch.config !== undefined) {
        const provider = this.connectable(current.provider);
        const form = formOf(provider);
        const given = this.configs.withKept(form, storedOf(current), patch.config);
        const config = this.configs.check(form, given, problems);
        current.config = this.secrets.seal(connectionOwner(id), config, form.jsonSchema);
        current.configVersion = form.versioned.version;
        current.configProblem = null;
      } else if (problems.length > 0) throw new InvalidInputError(problems);
      if (patch.name !== undefined) current.name = patch.name;
    });
    if (!row) throw new NotFoundError('connection', id);
    return this.shownOne(row);
  }

  /** @throws NotFoundError; ConflictError while a subscription names it */
  async remove(id: string, scope: TenantScope): Promise<void> {
    const removal = await this.store.remove(id, scope);
    if (removal === 'missing') throw new NotFoundError('connection', id);
    if (removal === 'removed') return;
    const names = removal.usedBy.map((name) => `'${name}'`).join(', ');
    throw new ConflictError(`Connection '${id}' is used by ${names}: change these first`);
  }

  /**
   * A draft's config in clear, parsed, with the secrets that it leaves out taken from the stored one.
   * @throws NotFoundError, InvalidInputError
   */
  async open(draft: ConnectionDraft, scope: TenantScope): Promise<unknown> {
    const form = formOf(this.connectable(draft.provider));
    if (draft.connectionId === undefined) return this.configs.check(form, draft.config);
    const row = await this.row(draft.connectionId, scope);
    if (row.provider !== draft.provider) {
      const message = `is of the provider '${row.provider}', not '${draft.provider}'`;
      throw new InvalidInputError([{ field: 'connectionId', message }]);
    }
    return this.configs.check(form, this.configs.withKept(form, storedOf(row), draft.config));
  }

  /** What is wrong with naming this connection in a subscription of that provider and tenant. */
  async problems(
    id: string | null,
    of: { readonly provider: BoundProvider | undefined; readonly tenant: string },
  ): Promise<FieldProblem[]> {
    const { provider, tenant } = of;
    const refused = (message: string): FieldProblem[] => [{ field: 'connectionId', message }];
    if (!provider) return [];
    if (id === null) {
      return provider.connection && !provider.connection.isOptional
        ? refused(`is needed: '${provider.id}' delivers by a connection`)
        : [];
    }
    if (!provider.connection)
      return refused(`must be left out: '${provider.id}' has no connections`);
    const row = await this.store.find(id, { tenant });
    if (!row) return refused(`No connection '${id}'`);
    return row.provider === provider.id
      ? []
      : refused(`is of the provider '${row.provider}', not '${provider.id}'`);
  }

  private connectable(id: string): Connectable {
    const provider = this.providers.find(id);
    if (provider?.connection) return { ...provider, connection: provider.connection };
    const known = this.providers.list().filter(({ connection }) => connection);
    const names = known.map((each) => each.id).join(', ') || 'none';
    const message = provider
      ? `'${id}' has no connections; there are ${names}`
      : `'${id}' is not registered; with connections there are ${names}`;
    throw new InvalidInputError([{ field: 'provider', message }]);
  }

  private async row(id: string, scope: TenantScope): Promise<ConnectionEntity> {
    const row = await this.store.find(id, scope);
    if (!row) throw new NotFoundError('connection', id);
    return row;
  }

  private async shownOne(row: ConnectionEntity): Promise<Connection> {
    const [shown] = await this.shown([row]);
    if (!shown) throw new NotFoundError('connection', row.id);
    return shown;
  }

  private async shown(rows: readonly ConnectionEntity[]): Promise<Connection[]> {
    const usage = await this.store.usage(rows.map(({ id }) => id));
    const signIns = await this.signIns.read(rows.flatMap((row) => this.signInSubject(row)));
    return rows.map((row) => ({
      ...this.settingsOf(row),
      signIn: signIns.get(row.id) ?? null,
      usedBy: usage.get(row.id) ?? 0,
    }));
  }

  /** In clear, where its provider has an OAuth client at all. */
  private signInSubject(row: ConnectionEntity): SignInSubject[] {
    const { id, provider: providerId } = row;
    const provider = this.providers.find(providerId);
    if (!provider?.connection || !provider.oauth?.connection) return [];
    const form = formOf({ ...provider, connection: provider.connection });
    const account = this.configs.current(form, storedOf(row));
    return account === undefined ? [] : [{ id, provider: providerId, account }];
  }

  private settingsOf(row: ConnectionEntity): Omit<Connection, 'signIn' | 'usedBy'> {
    const schema = this.providers.find(row.provider)?.connection?.jsonSchema;
    // Without its provider nobody knows which fields are secret: none is shown.
    const { config, secrets } = schema
      ? this.secrets.show(row.config, schema)
      : { config: null, secrets: [] };
    return {
      id: row.id,
      tenant: row.tenant || null,
      name: row.name,
      provider: row.provider,
      config,
      configVersion: row.configVersion,
      configProblem: row.configProblem,
      configSecrets: secrets,
      revision: row.revision,
      createdAt: row.createdAt,
      updatedAt: row.updatedAt,
    };
  }
}

function formOf({ connection }: Connectable): ConfigForm {
  return { versioned: connection.versioned, jsonSchema: connection.jsonSchema };
}

function storedOf({ id, config, configVersion }: ConnectionEntity): StoredConfig {
  return { owner: connectionOwner(id), config, version: configVersion };
}

function nameProblems(name: unknown): FieldProblem[] {
  return typeof name === 'string' &&
    name.trim() !== '' &&
    name.length <= MAX_NAME &&
    !name.includes('\0')
    ? []
    : [{ field: 'name', message: `must be a text of 1 to ${MAX_NAME} characters` }];
}
