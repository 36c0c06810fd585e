import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { TenantScope } from '@nest-integrations/core';
import { grantedAccess } from './granted-access.js';

/** The tenants that the access policy lets this caller see. */
export const Scope = createParamDecorator(
  (_: unknown, context: ExecutionContext): TenantScope =>
    grantedAccess(context.switchToHttp().getRequest<object>()).scope,
);
