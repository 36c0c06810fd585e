import { Inject, Injectable } from '@nestjs/common';
import type { RecordedHttp } from '../http/recorded-http.js';
import { ProviderRegistry } from '../providers/provider.registry.js';
import type { OAuthClient } from './oauth-client.js';
import type { OAuthHolder } from './oauth-holder.js';
import { NoOAuthClientError, SignInNeededError } from './oauth-token.error.js';
import { OAuthTokenKeeper, type KeptToken, type TokenKeeper } from './oauth-token.keeper.js';
import { OAuthTokens } from './oauth-tokens.js';
import { OAuthServer } from './oauth.server.js';

/** Whose tokens an attempt may need. One object for a revision. */
export interface OAuthSubject {
  /** The provider's id. */
  readonly provider: string;
  /** The subscription's. */
  readonly id: string;
  readonly config: unknown;
  readonly connectionId: string | null;
  readonly connection: unknown;
}

/** A connection alone; `connectionId` left out: it is not stored. */
export interface OAuthAccount {
  readonly provider: string;
  readonly connection: unknown;
  readonly connectionId?: string;
}

/** Makes what providers get as `context.oauth`. What they get by it is hidden in what `http` records. */
@Injectable()
export class OAuthAccess {
  private readonly holders = new WeakMap<OAuthSubject, OAuthHolder>();

  constructor(
    private readonly providers: ProviderRegistry,
    @Inject(OAuthTokenKeeper) private readonly keeper: TokenKeeper,
    private readonly server: OAuthServer,
  ) {}

  /** For an attempt. */
  ofSubscription(subject: OAuthSubject, http: RecordedHttp): OAuthTokens {
    return new GivenTokens(http, () => this.stored(this.holderOf(subject)));
  }

  /** For the options of a form: by what is stored of a connection, if it is. */
  ofConnection(account: OAuthAccount, http: RecordedHttp): OAuthTokens {
    return new GivenTokens(http, () => this.sourceOf(account));
  }

  /** For a test: a client that can sign in by itself does so now, whatever is stored. */
  ofTest(account: OAuthAccount, http: RecordedHttp): OAuthTokens {
    return new GivenTokens(http, () => {
      const client = this.clientOf(account);
      return client.grant === 'client-credentials' ? this.unstored(client) : this.sourceOf(account);
    });
  }

  /** `null`: this connection proves itself otherwise. */
  clientOfConnection(provider: string, connection: unknown): OAuthClient | null {
    return this.providers.find(provider)?.oauth?.connection?.(connection) ?? null;
  }

  private holderOf(subject: OAuthSubject): OAuthHolder {
    let holder = this.holders.get(subject);
    if (!holder) this.holders.set(subject, (holder = this.newHolder(subject)));
    return holder;
  }

  private newHolder(subject: OAuthSubject): OAuthHolder {
    const { provider, id, config, connectionId, connection } = subject;
    if (connectionId !== null) {
      const client = this.clientOfConnection(provider, connection);
      if (client) return { kind: 'connection', id: connectionId, client };
    }
    const client = this.providers.find(provider)?.oauth?.config?.(config) ?? null;
    if (!client) throw new NoOAuthClientError(provider);
    return { kind: 'subscription', id, client };
  }

  private sourceOf(account: OAuthAccount): TokenSource {
    const client = this.clientOf(account);
    const { connectionId } = account;
    return connectionId === undefined
      ? this.unstored(client)
      : this.stored({ kind: 'connection', id: connectionId, client });
  }

  private clientOf({ provider, connection }: OAuthAccount): OAuthClient {
    const client = this.clientOfConnection(provider, connection);
    if (!client) throw new NoOAuthClientError(provider);
    return client;
  }

  private stored(holder: OAuthHolder): TokenSource {
    return {
      current: () => this.keeper.current(holder),
      another: (refused) => this.keeper.another(holder, refused),
    };
  }

  private unstored(client: OAuthClient): TokenSource {
    const ask = async (): Promise<GivenToken> => {
      if (client.grant !== 'client-credentials') {
        throw new SignInNeededError('Store the connection, then sign in for it');
      }
      const { accessToken } = await this.server.byClientCredentials(client);
      return { value: accessToken, secretValues: [accessToken] };
    };
    let first: Promise<GivenToken> | null = null;
    return { current: () => (first ??= ask()), another: ask };
  }
}

type GivenToken = Pick<KeptToken, 'value' | 'secretValues'>;

interface TokenSource {
  current(): Promise<GivenToken>;
  another(refused: string): Promise<GivenToken>;
}

class GivenTokens extends OAuthTokens {
  private source: TokenSource | null = null;
  private last: string | null = null;

  constructor(
    private readonly http: RecordedHttp,
    private readonly open: () => TokenSource,
  ) {
    super();
  }

  override async accessToken(): Promise<string> {
    this.source ??= this.open();
    return this.given(await this.source.current());
  }

  override async renew(): Promise<string> {
    this.source ??= this.open();
    return this.last === null
      ? this.accessToken()
      : this.given(await this.source.another(this.last));
  }

  private given({ value, secretValues }: GivenToken): string {
    this.http.conceal(secretValues);
    this.last = value;
    return value;
  }
}
