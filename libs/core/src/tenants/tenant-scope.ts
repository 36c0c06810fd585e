import type { FieldProblem } from '../integration.error.js';
import { isStoredAsGiven } from './stored-text.js';

/** Which tenants a caller may see: one, or all of them. */
export type TenantScope = { readonly tenant: string } | 'all';

const MAX_TENANT = 200;

/** A caller with one tenant may name no other. */
export function tenantProblems(tenant: string | undefined, scope: TenantScope): FieldProblem[] {
  if (tenant === undefined) return [];
  if (scope !== 'all' && tenant !== scope.tenant) {
    return [{ field: 'tenant', message: `must be '${scope.tenant}', or left out` }];
  }
  return tenant.length <= MAX_TENANT && isStoredAsGiven(tenant)
    ? []
    : [
        {
          field: 'tenant',
          message: `must be a text of at most ${MAX_TENANT} characters, without NUL or half a surrogate pair`,
        },
      ];
}
