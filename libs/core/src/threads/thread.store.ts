import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import type { DeliveredEvent } from '../events/delivered-event.js';
import { TemplateError } from '../integration.error.js';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../integration-options.js';
import { INTEGRATION_POOL } from '../persistence/integration-data-source.token.js';
import { plainArray } from '../persistence/sql-arrays.js';
import type { DeliveryThread } from '../providers/delivery-provider.js';
import { threadDigest, type ThreadKey } from './thread-key.js';

/** An event on its way, of a subscription that has threads. */
export interface Threaded {
  readonly subscriptionId: string;
  readonly threadKey: ThreadKey;
  readonly event: DeliveredEvent;
}

/** A thread, and how it is kept. */
export interface KnownThread extends DeliveryThread {
  readonly digest: string;
}

/** Its key can't be told. */
export interface BrokenThread {
  readonly broken: string;
}

interface ThreadRow {
  readonly n: string;
  readonly external_id: string;
  readonly external_url: string | null;
}

/** Threads as they are found. They are written together with the attempt that opened them. */
@Injectable()
export class ThreadStore {
  private readonly text: string;

  constructor(
    @Inject(INTEGRATION_POOL) private readonly pool: Pool,
    @Inject(RESOLVED_OPTIONS) { database: { schema } }: ResolvedIntegrationOptions,
  ) {
    this.text = `SELECT given.n, t.external_id, t.external_url
      FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS given(subscription_id, digest, n)
      JOIN ${schema}.integration_threads t
        ON t.subscription_id = given.subscription_id AND t.digest = given.digest`;
  }

  /** In one query, in the order given; null: it belongs to none. */
  async find(threaded: readonly Threaded[]): Promise<(KnownThread | BrokenThread | null)[]> {
    const threads = threaded.map(keyed);
    const { rows } = await this.pool.query<ThreadRow>({
      name: 'thread.find',
      text: this.text,
      values: [
        plainArray(threaded.map(({ subscriptionId }) => subscriptionId)),
        threads.map((thread) => (thread && 'digest' in thread ? thread.digest : null)),
      ],
    });
    const open = new Map(rows.map((row) => [Number(row.n) - 1, row]));
    return threads.map((thread, i) => {
      const row = open.get(i);
      if (!thread || 'broken' in thread || !row) return thread;
      return { ...thread, externalId: row.external_id, externalUrl: row.external_url };
    });
  }
}

function keyed({ threadKey, event }: Threaded): KnownThread | BrokenThread | null {
  try {
    const key = threadKey.of(event);
    if (key === null) return null;
    return { key, digest: threadDigest(key), externalId: null, externalUrl: null };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { broken: `Its thread can’t be told: threadKey ${error.problem}` };
  }
}
