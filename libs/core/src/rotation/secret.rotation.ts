import { setImmediate } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { INTEGRATION_DATA_SOURCE } from '../persistence/integration-data-source.token.js';
import { mapEncryptedIn } from '../secrets/encrypted-form.js';
import { KeyRing } from '../secrets/key-ring.js';
import { SecretCipher, SecretDecryptionError } from '../secrets/secret-cipher.js';
import { StoredSecretStore, type SecretHolder, type StoredSecrets } from './stored-secret.store.js';

const DEFAULT_BATCH = 200;
/** Enough for any number of admins at once; beyond it something else is wrong. */
const MAX_TRIES = 20;
const MAX_UNREADABLE_SHOWN = 100;

/** A key, and what is stored under it. */
export interface SecretKeyUse {
  readonly keyId: string;
  /** Encrypts what is saved from now on. */
  readonly isPrimary: boolean;
  /** False: it is not in `options.secrets.keys`, and what is stored under it can't be read. */
  readonly isKnown: boolean;
  /** Values stored under it. */
  readonly values: number;
}

export interface SecretRotationOptions {
  /** Subscriptions or connections read at once. Default 200. */
  readonly batchSize?: number;
  /** Stops it between two of them; what is done stays done, and a later run goes on from there. */
  readonly signal?: AbortSignal;
}

export interface SecretRotationReport {
  /** Subscriptions and connections whose values are now under the primary key, and were not before. */
  readonly rotated: number;
  /** Values that could not be decrypted stay as they are. The first hundred that hold such. */
  readonly unreadable: readonly UnreadableSecrets[];
  /** Counted after the run. */
  readonly keys: readonly SecretKeyUse[];
  /** No value is left under these: they can be taken out of `options.secrets.keys`. */
  readonly removableKeys: readonly string[];
}

export interface UnreadableSecrets {
  readonly holder: SecretHolder;
  readonly id: string;
  readonly reason: string;
}

/** Brings what is stored under the primary key while everything runs, so that older keys can go. */
@Injectable()
export class SecretRotation {
  private readonly places: readonly StoredSecretStore[];
  private readonly cipher: SecretCipher;

  constructor(
    @Inject(INTEGRATION_DATA_SOURCE) dataSource: DataSource,
    private readonly ring: KeyRing,
  ) {
    this.places = (['subscription', 'connection', 'oauth_token'] as const).map(
      (holder) => new StoredSecretStore(dataSource, holder),
    );
    this.cipher = new SecretCipher(ring);
  }

  /** Every key of the ring, and every other that something is stored under. */
  async usage(): Promise<SecretKeyUse[]> {
    const counts = new Map<string, number>();
    for (const place of this.places) {
      for (const { key_id: keyId, values } of await place.countByKey()) {
        counts.set(keyId, (counts.get(keyId) ?? 0) + Number(values));
      }
    }
    const known = this.ring.ids;
    return [...new Set([...known, ...counts.keys()])].map((keyId) => ({
      keyId,
      isPrimary: keyId === this.ring.primary.id,
      isKnown: known.includes(keyId),
      values: counts.get(keyId) ?? 0,
    }));
  }

  /** May run on several instances at once, and again at any time. */
  async rotate({
    batchSize = DEFAULT_BATCH,
    signal,
  }: SecretRotationOptions = {}): Promise<SecretRotationReport> {
    const unreadable: UnreadableSecrets[] = [];
    let rotated = 0;
    for (const place of this.places) {
      for await (const row of this.pending(place, batchSize)) {
        if (signal?.aborted) break;
        const reason = await this.renew(place, row);
        if (reason === null) rotated++;
        else if (unreadable.length < MAX_UNREADABLE_SHOWN) {
          unreadable.push({ holder: place.holder, id: row.id, reason });
        }
      }
    }
    const keys = await this.usage();
    const removable = keys.filter((key) => key.isKnown && !key.isPrimary && key.values === 0);
    return { rotated, unreadable, keys, removableKeys: removable.map(({ keyId }) => keyId) };
  }

  private async *pending(
    place: StoredSecretStore,
    batchSize: number,
  ): AsyncGenerator<StoredSecrets> {
    let after: string | null = null;
    for (;;) {
      const batch: StoredSecrets[] = await place.otherThan(this.ring.primary.id, after, batchSize);
      const last = batch.at(-1);
      if (!last) return;
      yield* batch;
      after = last.id;
      await setImmediate(); // What is served in this process comes first.
    }
  }

  /** Null: nothing in this row is under another key any more. Otherwise why it stays. */
  private async renew(place: StoredSecretStore, row: StoredSecrets): Promise<string | null> {
    let read: StoredSecrets | null = row;
    for (let tries = 1; read && tries <= MAX_TRIES; tries++) {
      const { next, reason } = this.renewed(place.holder, read);
      if (next.config === read.config && next.signing_secrets === read.signing_secrets) {
        return reason;
      }
      if (await place.replace(read, next)) return reason;
      read = await place.find(row.id);
    }
    return read ? 'it was changed again and again meanwhile: run the rotation once more' : null;
  }

  /** What can be read is renewed, also beside what can't. */
  private renewed(
    holder: SecretHolder,
    row: StoredSecrets,
  ): { next: StoredSecrets; reason: string | null } {
    let reason: string | null = null;
    const renew = (encrypted: string): string => {
      try {
        return this.cipher.renew(encrypted, `${holder}:${row.id}`);
      } catch (error) {
        if (!(error instanceof SecretDecryptionError)) throw error;
        reason = error.message;
        return encrypted;
      }
    };
    const next = {
      id: row.id,
      config: mapEncryptedIn(row.config, renew),
      signing_secrets:
        row.signing_secrets === null ? null : mapEncryptedIn(row.signing_secrets, renew),
    };
    return { next, reason };
  }
}
