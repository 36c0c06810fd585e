import { createHash } from 'node:crypto';
import { Pool, type Client } from 'undici';
import { GuardedConnector, type ConnectorOptions } from './guarded-connector.js';
import type { OutboundTls } from './outbound-http.types.js';
import { TimedClient } from './timed.client.js';

export interface OriginPoolsOptions extends Omit<ConnectorOptions, 'tls' | 'alpn'> {
  readonly connectionsPerOrigin: number;
  readonly maxOrigins: number;
  readonly client: Client.Options;
}

interface Entry {
  readonly pool: Pool;
  readonly connector: GuardedConnector;
  lastUsedAt: number;
}

/** A pool unused for so long has no open connection any more. */
const IDLE_AFTER_MS = 60_000;

/** One pool of connections for each origin and TLS identity. The least used make room for new ones. */
export class OriginPools {
  private readonly entries = new Map<string, Entry>();
  /** Pools that made room and still end their calls. */
  private readonly closing = new Set<Entry>();
  private readonly tlsKeys = new WeakMap<OutboundTls, string>();

  constructor(private readonly options: OriginPoolsOptions) {}

  for(origin: string, tls: OutboundTls | undefined): Pool {
    const key = tls ? `${origin} ${this.tlsKey(tls)}` : origin;
    const entry = this.entries.get(key) ?? this.added(key, { origin, tls });
    entry.lastUsedAt = performance.now();
    return entry.pool;
  }

  /** Cuts every connection. */
  async destroy(reason: Error): Promise<void> {
    const all = [...this.entries.values(), ...this.closing];
    this.entries.clear();
    for (const { connector } of all) connector.close(reason);
    await Promise.all(all.map(({ pool }) => pool.destroy(reason)));
  }

  private added(key: string, identity: { origin: string; tls: OutboundTls | undefined }): Entry {
    this.makeRoom();
    const { connectionsPerOrigin, client, ...connectorOptions } = this.options;
    const connector = new GuardedConnector({
      ...connectorOptions,
      alpn: ['http/1.1'],
      tls: identity.tls,
    });
    const pool = new Pool(identity.origin, {
      connections: connectionsPerOrigin,
      factory: (origin) => new TimedClient(origin, client, connector),
    });
    const entry = { pool, connector, lastUsedAt: performance.now() };
    this.entries.set(key, entry);
    return entry;
  }

  private makeRoom(): void {
    const idleSince = performance.now() - IDLE_AFTER_MS;
    let oldest: [key: string, entry: Entry] | undefined;
    for (const [key, entry] of this.entries) {
      if (entry.lastUsedAt < idleSince) this.retire(key, entry);
      else if (!oldest || entry.lastUsedAt < oldest[1].lastUsedAt) oldest = [key, entry];
    }
    if (oldest && this.entries.size >= this.options.maxOrigins) this.retire(...oldest);
  }

  /** Its calls under way end in peace. */
  private retire(key: string, entry: Entry): void {
    this.entries.delete(key);
    this.closing.add(entry);
    entry.pool.close(() => this.closing.delete(entry));
  }

  private tlsKey(tls: OutboundTls): string {
    const known = this.tlsKeys.get(tls);
    if (known !== undefined) return known;
    const { ca, cert, key, passphrase } = tls;
    const parts = JSON.stringify([ca, cert, key, passphrase].map((part) => part ?? null));
    const hash = createHash('sha256').update(parts).digest('base64');
    this.tlsKeys.set(tls, hash);
    return hash;
  }
}
