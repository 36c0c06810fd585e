import type { ExecutionContext } from '@nestjs/common';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import type { AuditedCall, TenantScope } from '@nest-integrations/core';

export interface AuditedRequest {
  readonly params?: Readonly<Record<string, string | undefined>>;
}

/** What the first part of a route is about; one that is not here is called by its own name. */
const SUBJECTS = new Map([
  ['subscriptions', 'subscription'],
  ['connections', 'connection'],
  ['deliveries', 'delivery'],
  ['events', 'event'],
  ['tenants', 'tenant'],
  ['replays', 'replay'],
]);

/** What a route does, by the controller's path and method: `subscriptions/:id/test`. */
export function auditedCallOf(
  context: ExecutionContext,
  actor: string | null,
): AuditedCall & { readonly subjectType: string } {
  const { params = {} } = context.switchToHttp().getRequest<AuditedRequest>();
  const path = `${pathOf(context.getClass())}/${pathOf(context.getHandler())}`;
  const [first = ''] = path.split('/').filter((part) => part !== '');
  const [, parameter] = /:(\w+)/.exec(path) ?? [];
  return {
    actor,
    operation: context.getHandler().name,
    subjectType: SUBJECTS.get(first) ?? first,
    subjectId: (parameter && params[parameter]) ?? null,
  };
}

/** Left out: whoever the subject belongs to. */
export function tenantOf(scope: TenantScope, answer: unknown): string | undefined {
  if (scope !== 'all') return scope.tenant;
  const tenant =
    typeof answer === 'object' && answer !== null && 'tenant' in answer ? answer.tenant : undefined;
  return typeof tenant === 'string' ? tenant : undefined;
}

function pathOf(target: object): string {
  const path: unknown = Reflect.getMetadata(PATH_METADATA, target);
  return typeof path === 'string' ? path : '';
}
