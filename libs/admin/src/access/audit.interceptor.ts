import {
  Injectable,
  Logger,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuditLog, AuditTrail } from '@nest-integrations/core';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { rightOf } from './access.guard.js';
import { auditedCallOf, tenantOf, type AuditedRequest } from './audited-call.js';
import { CHANGES_NOTHING } from './changes-nothing.decorator.js';
import { grantedAccess } from './granted-access.js';

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Every call that may change something leaves a row in the audit log before it is answered: written by
 * core with the change itself, or else here. One log line for it, and for each thing done with
 * `integration.manage`.
 */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  private readonly logger = new Logger('IntegrationAdmin');

  constructor(
    private readonly reflector: Reflector,
    private readonly audit: AuditLog,
    private readonly trail: AuditTrail,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (rightOf(context, this.reflector) === 'integration.read') return next.handle();
    const { method } = context.switchToHttp().getRequest<{ method: string }>();
    const isReading =
      READING.has(method) ||
      this.reflector.get<boolean | undefined>(CHANGES_NOTHING, context.getHandler()) === true;
    return from(this.follow(context, next, isReading));
  }

  private async follow(
    context: ExecutionContext,
    next: CallHandler,
    isReading: boolean,
  ): Promise<unknown> {
    const request = context.switchToHttp().getRequest<AuditedRequest>();
    const { actor = null, scope } = grantedAccess(request);
    const { subjectType, ...call } = auditedCallOf(context, actor);
    return this.trail.follow(call, async (isRecorded) => {
      const answer: unknown = await lastValueFrom(next.handle(), { defaultValue: undefined });
      const { operation } = call;
      const subjectId = call.subjectId ?? idOf(answer);
      if (!isReading && !isRecorded()) {
        const tenant = tenantOf(scope, answer);
        await this.audit.recordCall({ operation, subjectType, subjectId, tenant });
      }
      this.logger.log({ event: 'integration.managed', operation, id: subjectId, actor });
      return answer;
    });
  }
}

/** The id of what was just created. */
function idOf(answer: unknown): string | null {
  return typeof answer === 'object' &&
    answer !== null &&
    'id' in answer &&
    typeof answer.id === 'string'
    ? answer.id
    : null;
}
