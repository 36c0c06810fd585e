import { Injectable } from '@nestjs/common';
import { secretTexts } from '../configs/config.secrets.js';
import { OutboundHttp } from '../http/outbound-http.js';
import { RecordedHttp } from '../http/recorded-http.js';
import { InvalidInputError } from '../integration.error.js';
import { OAuthAccess } from '../oauth/oauth.access.js';
import type { ConnectionContext, ConnectionTest } from '../providers/connection-context.js';
import { ProviderRegistry } from '../providers/provider.registry.js';
import { thrownReason } from '../providers/thrown-reason.js';
import type { TenantScope } from '../tenants/tenant-scope.js';
import { ConnectionService } from './connection.service.js';
import { inTime } from './in-time.js';
import type { ConnectionDraft } from './connection.types.js';

const TIMEOUT_MS = 15_000;

/** Asks the outside whether a connection works, with stored or with unsaved values. Stores nothing. */
@Injectable()
export class ConnectionTester {
  constructor(
    private readonly connections: ConnectionService,
    private readonly providers: ProviderRegistry,
    private readonly http: OutboundHttp,
    private readonly oauth: OAuthAccess,
  ) {}

  /** @throws NotFoundError */
  async testStored(id: string, scope: TenantScope): Promise<ConnectionTest> {
    const { provider, config } = await this.connections.get(id, scope);
    return this.testDraft({ provider, config, connectionId: id }, scope);
  }

  /** @throws NotFoundError, InvalidInputError where the draft itself is wrong */
  async testDraft(draft: ConnectionDraft, scope: TenantScope): Promise<ConnectionTest> {
    const account = await this.connections.open(draft, scope);
    return this.withContext(draft, account, async (context) => {
      const { instance } = this.providers.get(draft.provider);
      if (!instance.testConnection) {
        throw new InvalidInputError([
          { field: 'provider', message: `'${draft.provider}' can't test its connections` },
        ]);
      }
      return instance.testConnection(context);
    });
  }

  /** Runs `act` with the connection in clear; whatever it says leaves without its secrets. */
  private async withContext(
    { provider, connectionId }: ConnectionDraft,
    account: unknown,
    act: (context: ConnectionContext) => Promise<ConnectionTest>,
  ): Promise<ConnectionTest> {
    const schema = this.providers.get(provider).connection?.jsonSchema ?? {};
    const secretValues = secretTexts(account, schema);
    const http = new RecordedHttp({ http: this.http, timeoutMs: TIMEOUT_MS, secretValues });
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const of = {
      provider,
      connection: account,
      ...(connectionId !== undefined && { connectionId }),
    };
    const oauth = this.oauth.ofTest(of, http);
    try {
      const { sockets } = this.http;
      const test = act({ connection: account, http, sockets, oauth, signal });
      const { ok, message } = await inTime(test, signal);
      return { ok, message: http.redact(message) };
    } catch (error) {
      if (error instanceof InvalidInputError) throw error;
      return { ok: false, message: http.redact(thrownReason(error)) };
    }
  }
}
