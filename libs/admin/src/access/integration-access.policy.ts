import type { TenantScope } from '@nest-integrations/core';

/** `integration.read` sees lists and details; `integration.manage` changes, sends, reveals. */
export type IntegrationRight = 'integration.read' | 'integration.manage';

export type AccessDecision =
  | {
      readonly allowed: false;
      /** 401: the caller is not known; 403 (default): known, without the right. */
      readonly status?: 401 | 403;
      /** Shown to the caller. */
      readonly reason?: string;
    }
  | {
      readonly allowed: true;
      /** Which tenants the caller sees; all others look as if they were not there. */
      readonly scope: TenantScope;
      /** Who it is, for the log line of each change. */
      readonly actor?: string;
    };

/** The host app's word on who may do what. One instance answers for every route. */
export abstract class IntegrationAccessPolicy {
  /** `request` is the HTTP framework's own, as the host's guards see it. */
  abstract check(
    request: unknown,
    right: IntegrationRight,
  ): Promise<AccessDecision> | AccessDecision;
}
