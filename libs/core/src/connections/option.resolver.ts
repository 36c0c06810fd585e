import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { secretTexts } from '../configs/config.secrets.js';
import { OutboundHttp } from '../http/outbound-http.js';
import { RecordedHttp } from '../http/recorded-http.js';
import { InvalidInputError, UpstreamError } from '../integration.error.js';
import { OAuthAccess } from '../oauth/oauth.access.js';
import type { OptionField } from '../providers/option-fields.js';
import type { OptionPage } from '../providers/options-for.decorator.js';
import { ProviderRegistry } from '../providers/provider.registry.js';
import { thrownReason } from '../providers/thrown-reason.js';
import type { TenantScope } from '../tenants/tenant-scope.js';
import { ConnectionService } from './connection.service.js';
import { inTime } from './in-time.js';

/** What an admin's form asks for. */
export interface OptionsQuery {
  readonly provider: string;
  /** `projectKey`, `target.channel`. */
  readonly field: string;
  readonly connectionId?: string | null;
  /** What the form holds so far: the fields that the options depend on are taken from here. */
  readonly values?: Readonly<Record<string, unknown>>;
  readonly search?: string;
  readonly cursor?: string;
}

const TIMEOUT_MS = 15_000;
/** Typing in a form asks for the same again and again. */
const KEEP_MS = 30_000;
const MAX_KEPT = 500;

interface Kept {
  readonly page: OptionPage;
  readonly until: number;
}

/** Asks a provider what may be chosen for a field of its config. Answers are kept for a short while. */
@Injectable()
export class OptionResolver {
  private readonly kept = new Map<string, Kept>();

  constructor(
    private readonly connections: ConnectionService,
    private readonly providers: ProviderRegistry,
    private readonly http: OutboundHttp,
    private readonly oauth: OAuthAccess,
  ) {}

  /**
   * @throws NotFoundError where there is no such provider or connection
   * @throws InvalidInputError where the field has no options, or its connection or what it depends on
   * is not given
   * @throws UpstreamError with what the other side said
   */
  async list(query: OptionsQuery, scope: TenantScope): Promise<OptionPage> {
    const field = this.fieldOf(query);
    const values = valuesFor(field, query.values ?? {});
    const { account, revision, secretValues } = await this.accountOf(query, scope);
    const { search = '', cursor } = query;
    const key = keyOf([
      query.provider,
      field.field,
      query.connectionId,
      revision,
      values,
      search,
      cursor,
    ]);
    const known = this.kept.get(key);
    if (known && known.until > performance.now()) return known.page;
    const http = new RecordedHttp({ http: this.http, timeoutMs: TIMEOUT_MS, secretValues });
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const { provider, connectionId } = query;
    const of = { provider, connection: account, ...(connectionId && { connectionId }) };
    const oauth = this.oauth.ofConnection(of, http);
    try {
      const { sockets } = this.http;
      const context = { connection: account, values, search, http, sockets, oauth, signal };
      const asked = field.list(cursor === undefined ? context : { ...context, cursor });
      const page = await inTime(asked, signal);
      this.keep(key, page);
      return page;
    } catch (error) {
      throw new UpstreamError(http.redact(thrownReason(error)));
    }
  }

  private fieldOf({ provider, field }: OptionsQuery): OptionField {
    const { optionFields } = this.providers.get(provider);
    const found = optionFields.get(field);
    if (found) return found;
    const names = [...optionFields.keys()].join(', ') || 'none';
    const message = `'${field}' of '${provider}' has no options; with options there are ${names}`;
    throw new InvalidInputError([{ field: 'field', message }]);
  }

  private async accountOf({ provider, field, connectionId }: OptionsQuery, scope: TenantScope) {
    const { connection } = this.providers.get(provider);
    if (connectionId === undefined || connectionId === null) {
      if (connection?.isOptional === false) throw notChosen('connectionId', field);
      return { account: undefined, revision: 0, secretValues: [] };
    }
    const { config, revision } = await this.connections.get(connectionId, scope);
    const account = await this.connections.open({ provider, config, connectionId }, scope);
    return { account, revision, secretValues: secretTexts(account, connection?.jsonSchema ?? {}) };
  }

  private keep(key: string, page: OptionPage): void {
    this.kept.set(key, { page, until: performance.now() + KEEP_MS });
    if (this.kept.size <= MAX_KEPT) return;
    const [oldest] = this.kept.keys();
    if (oldest !== undefined) this.kept.delete(oldest);
  }
}

/** @throws InvalidInputError naming the field that must be chosen first */
function valuesFor(
  { field, dependsOn }: OptionField,
  given: Readonly<Record<string, unknown>>,
): Record<string, string> {
  const values: Record<string, string> = {};
  for (const name of dependsOn) {
    const value = valueAt(given, name);
    if (typeof value !== 'string' || value === '') {
      throw notChosen(`values.${name}`, field);
    }
    values[name] = value;
  }
  return values;
}

function notChosen(missing: string, field: string): InvalidInputError {
  return new InvalidInputError([{ field: missing, message: `must be chosen before '${field}'` }]);
}

function valueAt(given: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, name) =>
        typeof value === 'object' && value !== null && Object.hasOwn(value, name)
          ? Reflect.get(value, name)
          : undefined,
      given,
    );
}

/** Hashed: what was typed may be long. */
function keyOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}
