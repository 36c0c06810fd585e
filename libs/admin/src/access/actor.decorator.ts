import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { grantedAccess } from './granted-access.js';

/** Who the access policy says the caller is; `null`: it does not say. */
export const Actor = createParamDecorator(
  (_: unknown, context: ExecutionContext): string | null =>
    grantedAccess(context.switchToHttp().getRequest<object>()).actor ?? null,
);
