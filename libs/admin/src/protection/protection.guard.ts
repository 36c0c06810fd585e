import {
  ForbiddenException,
  Inject,
  Injectable,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ANSWER_HEADERS } from './answer-headers.js';
import { PROTECTION, type ResolvedProtection } from './protection-options.js';
import { RateLimits } from './rate-limits.js';
import { forgeryProblem, type SentRequest } from './same-origin.js';

/** Stands before the access policy: a request that a policy should not even be asked about ends here. */
@Injectable()
export class ProtectionGuard implements CanActivate {
  constructor(
    @Inject(PROTECTION) private readonly options: ResolvedProtection,
    private readonly limits: RateLimits,
    private readonly host: HttpAdapterHost,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<SentRequest>();
    const response = http.getResponse<object>();
    // On Express they are there already, also on answers to what reached no route.
    for (const [name, value] of ANSWER_HEADERS) {
      this.host.httpAdapter.setHeader(response, name, value);
    }
    await this.limits.refuseGuessing(request);
    const problem = forgeryProblem(request, this.options.trustedOrigins);
    if (problem !== null) throw new ForbiddenException(problem);
    return true;
  }
}
