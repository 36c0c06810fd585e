import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { retry } from '../providers/delivery-outcome.js';
import { clientDigest, clientSecretDigest } from './oauth-client.js';
import type { OAuthHolder } from './oauth-holder.js';
import { OAuthTokenError, OTHER_CLIENT, SignInNeededError } from './oauth-token.error.js';
import { OAuthTokenStore, type SealedTokens, type StoredTokens } from './oauth-token.store.js';
import { GrantRefusedError, OAuthServer, type GrantedTokens } from './oauth.server.js';

/** An access token in this process. */
export interface KeptToken {
  readonly value: string;
  /** The same array for the same token: what must not reach a log. */
  readonly secretValues: readonly string[];
  /** By `performance.now()`. */
  readonly refreshAt: number;
}

/** Longest that one waits for another's request to a token server. */
const GIVE_UP_AFTER_MS = 20_000;
const LOOK_EVERY_MS = 100;
/** A token younger than this, refused, is not to blame: another would be refused as well. */
const MIN_AGE_MS = 10_000;

const NEVER_SIGNED_IN = 'Nobody has signed in for this connection yet: sign in';
const NO_REFRESH_TOKEN = 'The sign-in has expired, and the server gave nothing to prolong it by';

/** Where access tokens are got. */
export interface TokenKeeper {
  /** @throws OAuthTokenError */
  current(holder: OAuthHolder): Promise<KeptToken>;
  /** Another than the one that was refused, if another would help. @throws OAuthTokenError */
  another(holder: OAuthHolder, refused: string): Promise<KeptToken>;
}

/** Gives access tokens: kept in memory, else those of the database, else new ones by one who asks for all. */
@Injectable()
export class OAuthTokenKeeper implements TokenKeeper {
  private readonly logger = new Logger('IntegrationOAuth');
  private readonly kept = new WeakMap<OAuthHolder, KeptToken>();
  private readonly underWay = new Map<string, Promise<KeptToken>>();

  constructor(
    private readonly store: OAuthTokenStore,
    private readonly server: OAuthServer,
  ) {}

  async current(holder: OAuthHolder): Promise<KeptToken> {
    const kept = this.kept.get(holder);
    return kept && kept.refreshAt > performance.now() ? kept : this.looked(holder, null);
  }

  async another(holder: OAuthHolder, refused: string): Promise<KeptToken> {
    const kept = this.kept.get(holder);
    const isOther = kept && kept.value !== refused && kept.refreshAt > performance.now();
    return isOther ? kept : this.looked(holder, refused);
  }

  /** Once for all in this process who want the same at the same time. */
  private async looked(holder: OAuthHolder, refused: string | null): Promise<KeptToken> {
    const { id, client } = holder;
    const key = JSON.stringify([id, clientDigest(client), clientSecretDigest(client), refused]);
    let look = this.underWay.get(key);
    if (!look) {
      look = this.look(holder, refused).finally(() => this.underWay.delete(key));
      this.underWay.set(key, look);
    }
    const kept = await look;
    this.kept.set(holder, kept);
    return kept;
  }

  private async look(holder: OAuthHolder, refused: string | null): Promise<KeptToken> {
    const giveUpAt = performance.now() + GIVE_UP_AFTER_MS;
    let began: number | null = null;
    for (;;) {
      const stored = await this.store.find(holder.id);
      began ??= stored?.version ?? 0;
      const usable = usableOf(holder, stored, refused);
      if (usable && usable.refreshInMs > 0) return keptOf(usable);
      const spare = usable && usable.expiresInMs > 0 ? keptOf(usable) : null;
      assertGrant(holder, stored);
      const failed = stored?.failure;
      if (failed && (stored.version > began || isToWait(holder, stored))) {
        if (spare) return spare;
        throw failureOf(failed, stored.waitMs);
      }
      const claim = { refresher: randomUUID(), version: stored?.version ?? 0 };
      if (await this.store.claim(holder, claim)) {
        return this.refreshed(holder, stored, { refresher: claim.refresher, spare });
      }
      if (spare) return spare; // Someone is at it, and this one is still good.
      if (performance.now() > giveUpAt) {
        throw new OAuthTokenError('Another process asks for a token and has not ended in time');
      }
      await delay(LOOK_EVERY_MS);
    }
  }

  private async refreshed(
    holder: OAuthHolder,
    stored: StoredTokens | null,
    { refresher, spare }: { refresher: string; spare: KeptToken | null },
  ): Promise<KeptToken> {
    try {
      const granted = await this.ask(holder, stored?.tokens ?? null);
      await this.store.save(holder, { refresher, granted });
      return keptOf(grantedAsUsable(granted));
    } catch (caught) {
      const error = isGrantOver(holder, caught) ? signInAgain(caught) : caught;
      await this.noteFailure(holder.id, refresher, error);
      if (spare && error instanceof OAuthTokenError) return spare;
      throw error;
    }
  }

  private async ask({ client }: OAuthHolder, tokens: SealedTokens | null): Promise<GrantedTokens> {
    if (client.grant === 'client-credentials') return this.server.byClientCredentials(client);
    if (tokens === null || tokens.refreshToken === null) {
      throw new GrantRefusedError(NO_REFRESH_TOKEN);
    }
    const { refreshToken } = tokens;
    const granted = await this.server.byRefreshToken(client, refreshToken);
    // A server that does not rotate them leaves it out.
    return { ...granted, refreshToken: granted.refreshToken ?? refreshToken };
  }

  private async noteFailure(holderId: string, refresher: string, error: unknown): Promise<void> {
    const reason = error instanceof Error ? error.message : String(error);
    this.logger.warn({ event: 'oauth.no_token', holderId, reason });
    if (error instanceof SignInNeededError) {
      await this.store.end(holderId, refresher, reason);
    } else {
      const outcome = error instanceof OAuthTokenError ? error.outcome : retry(reason);
      await this.store.fail(holderId, refresher, outcome);
    }
  }
}

function isGrantOver({ client }: OAuthHolder, error: unknown): error is GrantRefusedError {
  return client.grant === 'authorization-code' && error instanceof GrantRefusedError;
}

function signInAgain({ message }: GrantRefusedError): SignInNeededError {
  return new SignInNeededError(`${message}: sign in again`);
}

interface Usable {
  readonly value: string;
  readonly expiresInMs: number;
  readonly refreshInMs: number;
}

/** The stored token, if it was got by this client and is not the one that was refused. */
function usableOf(
  { client }: OAuthHolder,
  stored: StoredTokens | null,
  refused: string | null,
): Usable | null {
  if (!stored?.tokens || stored.clientDigest !== clientDigest(client)) return null;
  const { accessToken, secretDigest } = stored.tokens;
  const isOfSecret =
    client.grant === 'authorization-code' || secretDigest === clientSecretDigest(client);
  if (!isOfSecret || (accessToken === refused && stored.ageMs >= MIN_AGE_MS)) return null;
  return {
    value: accessToken,
    expiresInMs: stored.expiresInMs,
    refreshInMs: stored.refreshInMs,
  };
}

/** @throws SignInNeededError where only an admin can help */
function assertGrant({ client }: OAuthHolder, stored: StoredTokens | null): void {
  if (client.grant !== 'authorization-code') return;
  if (!stored) throw new SignInNeededError(NEVER_SIGNED_IN);
  if (stored.endedReason !== null) throw new SignInNeededError(stored.endedReason);
  if (!stored.tokens) throw new SignInNeededError(NEVER_SIGNED_IN);
  if (stored.clientDigest !== clientDigest(client)) throw new SignInNeededError(OTHER_CLIENT);
}

/** What another client was told does not hold for this one. */
function isToWait(
  { client }: OAuthHolder,
  { waitMs, clientDigest: digest }: StoredTokens,
): boolean {
  return waitMs > 0 && digest === clientDigest(client);
}

function grantedAsUsable({ accessToken, lifetimeSeconds }: GrantedTokens): Usable {
  const expiresInMs = lifetimeSeconds * 1_000;
  return {
    value: accessToken,
    expiresInMs,
    refreshInMs: expiresInMs - Math.min(60_000, expiresInMs / 5),
  };
}

/** One that is due for renewal is kept for no time: the next who asks looks again. */
function keptOf({ value, refreshInMs }: Usable): KeptToken {
  return { value, secretValues: [value], refreshAt: performance.now() + refreshInMs };
}

function failureOf(failed: NonNullable<StoredTokens['failure']>, waitMs: number): OAuthTokenError {
  const reason = failed.kind === 'delivered' ? 'The token server failed' : failed.reason;
  const outcome =
    failed.kind === 'retry' && waitMs > 0 ? { ...failed, afterMs: Math.ceil(waitMs) } : failed;
  return new OAuthTokenError(reason, outcome);
}
