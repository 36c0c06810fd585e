import { Injectable, Logger } from '@nestjs/common';
import * as oauth from 'oauth4webapi';
import { ConnectionService } from '../connections/connection.service.js';
import { InvalidInputError, NotFoundError } from '../integration.error.js';
import type { TenantScope } from '../tenants/tenant-scope.js';
import { clientDigest, type AuthorizationCodeClient } from './oauth-client.js';
import { OAuthAccess } from './oauth.access.js';
import { OAuthServer, type GrantedTokens } from './oauth.server.js';
import { OAuthTokenError } from './oauth-token.error.js';
import { SignInStore, type PendingSignIn } from './sign-in.store.js';
import type { BeginSignIn, SignInBegun, SignInEnd } from './sign-in.types.js';

/** How long an admin may take to sign in. */
const EXPIRES_AFTER_MS = 10 * 60_000;
const UNKNOWN =
  'This attempt to sign in is not known, was ended already, is older than ten minutes or is someone else’s: start it again from the connection';
const CHANGED = 'The connection was changed meanwhile: sign in again';

interface Signable {
  readonly tenant: string;
  readonly client: AuthorizationCodeClient;
}

/** Signs admins in for connections: by authorization code, PKCE and a state that is good for once. */
@Injectable()
export class SignInService {
  private readonly logger = new Logger('IntegrationOAuth');

  constructor(
    private readonly connections: ConnectionService,
    private readonly access: OAuthAccess,
    private readonly server: OAuthServer,
    private readonly store: SignInStore,
  ) {}

  /** @throws NotFoundError; InvalidInputError where nobody need sign in for it */
  async begin(
    connectionId: string,
    { redirectUri, actor, returnTo }: BeginSignIn,
    scope: TenantScope,
  ): Promise<SignInBegun> {
    const { client } = await this.signable(connectionId, scope);
    const pending: PendingSignIn = {
      connectionId,
      clientDigest: clientDigest(client),
      state: oauth.generateRandomState(),
      codeVerifier: oauth.generateRandomCodeVerifier(),
      redirectUri,
      actor,
      returnTo: checkedReturn(returnTo),
    };
    const expiresAt = new Date(Date.now() + EXPIRES_AFTER_MS);
    await this.store.begin(pending, expiresAt);
    return { url: await this.server.signInUrl(client, pending), expiresAt };
  }

  /** `answered`: the parameters that the browser brought back. What fails is told, not thrown. */
  async end(
    answered: URLSearchParams,
    actor: string | null,
    scope: TenantScope,
  ): Promise<SignInEnd> {
    const state = answered.get('state');
    const pending = state === null ? null : await this.store.take(state);
    const signable = pending && pending.actor === actor ? await this.still(pending, scope) : null;
    if (!pending || !signable) {
      return { ok: false, connectionId: null, reason: UNKNOWN, returnTo: null };
    }
    const { connectionId, returnTo } = pending;
    const { client, tenant } = signable;
    const granted =
      pending.clientDigest === clientDigest(client)
        ? await this.granted(client, answered, pending)
        : CHANGED;
    if (typeof granted !== 'string') {
      await this.store.succeed({ connectionId, tenant, client, granted, actor });
      return { ok: true, connectionId, returnTo };
    }
    await this.store.fail(connectionId, pending.clientDigest, granted);
    this.logger.warn({ event: 'oauth.sign_in_failed', connectionId, actor, reason: granted });
    return { ok: false, connectionId, reason: granted, returnTo };
  }

  /** Or why nothing was granted. */
  private async granted(
    client: AuthorizationCodeClient,
    answered: URLSearchParams,
    pending: PendingSignIn,
  ): Promise<GrantedTokens | string> {
    try {
      return await this.server.byCode(client, answered, pending);
    } catch (error) {
      if (error instanceof OAuthTokenError) return error.message;
      throw error;
    }
  }

  /** Null: the connection is gone, or out of this admin's sight, or proves itself otherwise by now. */
  private async still(
    { connectionId }: PendingSignIn,
    scope: TenantScope,
  ): Promise<Signable | null> {
    try {
      return await this.signable(connectionId, scope);
    } catch (error) {
      if (error instanceof NotFoundError || error instanceof InvalidInputError) return null;
      throw error;
    }
  }

  private async signable(connectionId: string, scope: TenantScope): Promise<Signable> {
    const { provider, config, tenant } = await this.connections.get(connectionId, scope);
    const account = await this.connections.open({ provider, config, connectionId }, scope);
    const client = this.access.clientOfConnection(provider, account);
    if (client?.grant === 'authorization-code') return { tenant: tenant ?? '', client };
    const message = 'is one that nobody signs in for: what it holds is enough';
    throw new InvalidInputError([{ field: 'id', message }]);
  }
}

/** @throws InvalidInputError where it may lead to another site */
function checkedReturn(returnTo: string | undefined): string | null {
  if (returnTo === undefined) return null;
  if (/^\/(?![/\\])[\x21-\x7e]{0,2000}$/.test(returnTo) && !returnTo.includes('\\'))
    return returnTo;
  const message = 'must be a path of this site, like /admin/connections';
  throw new InvalidInputError([{ field: 'returnTo', message }]);
}
