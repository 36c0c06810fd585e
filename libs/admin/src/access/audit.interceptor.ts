import {
  Injectable,
  Logger,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { tap, type Observable } from 'rxjs';
import { rightOf } from './access.guard.js';
import { grantedAccess } from './granted-access.js';

/** One log line for each thing done with `integration.manage`: what, to which id, by whom. */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  private readonly logger = new Logger('IntegrationAdmin');

  constructor(private readonly reflector: Reflector) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (rightOf(context, this.reflector) === 'integration.read') return next.handle();
    const request = context.switchToHttp().getRequest<{ params?: { id?: string } }>();
    const { actor } = grantedAccess(request);
    return next.handle().pipe(
      tap((answer: unknown) => {
        this.logger.log({
          event: 'integration.managed',
          operation: context.getHandler().name,
          id: request.params?.id ?? idOf(answer),
          actor: actor ?? null,
        });
      }),
    );
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
