import { Injectable } from '@nestjs/common';
import { IntegrationError } from '../integration.error.js';
import type { TenantScope } from '../tenants/tenant-scope.js';
import { SubscriptionService } from './subscription.service.js';

export const BULK_ACTIONS = ['enable', 'disable', 'delete'] as const;
export type BulkAction = (typeof BULK_ACTIONS)[number];

export const MAX_BULK_SUBSCRIPTIONS = 200;

/** What came of the action for one of them. */
export interface BulkResult {
  readonly id: string;
  /** Null: done. */
  readonly problem: string | null;
}

/** One action for several subscriptions, each by itself: one that refuses holds back no other. */
@Injectable()
export class SubscriptionBulk {
  constructor(private readonly subscriptions: SubscriptionService) {}

  /** One after the other, so that a large choice takes no more of the database than a small one. */
  async apply(
    action: BulkAction,
    ids: readonly string[],
    scope: TenantScope,
  ): Promise<BulkResult[]> {
    const results: BulkResult[] = [];
    for (const id of ids) {
      results.push({ id, problem: await this.problemOf(() => this.one(action, id, scope)) });
    }
    return results;
  }

  private async one(action: BulkAction, id: string, scope: TenantScope): Promise<void> {
    if (action === 'delete') await this.subscriptions.remove(id, scope);
    else await this.subscriptions.setEnabled(id, { enabled: action === 'enable' }, scope);
  }

  /** What is not the caller's fault ends the whole: what was done before it stays done. */
  private async problemOf(work: () => Promise<void>): Promise<string | null> {
    try {
      await work();
      return null;
    } catch (error) {
      if (error instanceof IntegrationError) return error.message;
      throw error;
    }
  }
}
