import {
  ForbiddenException,
  Injectable,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { RateLimits } from '../protection/rate-limits.js';
import { grantAccess } from './granted-access.js';
import { IntegrationAccessPolicy, type IntegrationRight } from './integration-access.policy.js';
import { RequiresRight } from './requires-right.decorator.js';

/** Asks the host's policy before every route of this module. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly policy: IntegrationAccessPolicy,
    private readonly reflector: Reflector,
    private readonly limits: RateLimits,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<object>();
    const right = rightOf(context, this.reflector);
    const decision = await this.policy.check(request, right);
    await this.limits.count(request, decision);
    if (decision.allowed) {
      grantAccess(request, decision);
      return true;
    }
    if (decision.status === 401) {
      throw new UnauthorizedException(decision.reason ?? 'Say who you are: sign in first.');
    }
    throw new ForbiddenException(decision.reason ?? `This needs the right '${right}'.`);
  }
}

/** The most closed answer where a route names no right. */
export function rightOf(context: ExecutionContext, reflector: Reflector): IntegrationRight {
  return (
    reflector.getAllAndOverride(RequiresRight, [context.getHandler(), context.getClass()]) ??
    'integration.manage'
  );
}
