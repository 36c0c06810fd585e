import { Injectable } from '@nestjs/common';
import { clientDigest, type AuthorizationCodeClient } from './oauth-client.js';
import { OAuthAccess } from './oauth.access.js';
import { OTHER_CLIENT } from './oauth-token.error.js';
import { SignInStore, type StoredSignIn } from './sign-in.store.js';
import type { SignIn } from './sign-in.types.js';

/** A connection in clear. */
export interface SignInSubject {
  readonly id: string;
  readonly provider: string;
  readonly account: unknown;
}

/** Tells where connections stand that an admin must sign in for. */
@Injectable()
export class SignInReader {
  constructor(
    private readonly store: SignInStore,
    private readonly access: OAuthAccess,
  ) {}

  /** By id; a connection that nobody need sign in for is absent. */
  async read(subjects: readonly SignInSubject[]): Promise<Map<string, SignIn>> {
    const clients = new Map<string, AuthorizationCodeClient>();
    for (const { id, provider, account } of subjects) {
      const client = this.access.clientOfConnection(provider, account);
      if (client?.grant === 'authorization-code') clients.set(id, client);
    }
    const stored = await this.store.of([...clients.keys()]);
    return new Map(
      [...clients].map(([id, client]) => [id, signInOf(client, stored.get(id) ?? null)]),
    );
  }
}

function signInOf(client: AuthorizationCodeClient, stored: StoredSignIn | null): SignIn {
  if (!stored?.signedInAt) {
    return { state: 'missing', reason: stored?.error ?? null, signedInAt: null, signedInBy: null };
  }
  const { signedInAt, signedInBy, error } = stored;
  const ended = endOf(client, stored);
  return ended === null
    ? { state: 'active', reason: error, signedInAt, signedInBy }
    : { state: 'ended', reason: error ?? ended, signedInAt, signedInBy };
}

function endOf(client: AuthorizationCodeClient, stored: StoredSignIn): string | null {
  if (stored.endedReason !== null) return stored.endedReason;
  return stored.clientDigest === clientDigest(client) ? null : OTHER_CLIENT;
}
