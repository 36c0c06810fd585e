import { NotFoundException } from '@nestjs/common';
import type { TenantScope } from '@nest-integrations/core';

/** For what is the installation's, not a tenant's: to callers for one tenant it is not there. */
export function assertForAllTenants(scope: TenantScope, what: string): void {
  if (scope !== 'all') throw new NotFoundException(`Only callers for all tenants see ${what}.`);
}
