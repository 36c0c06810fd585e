import {
  Catch,
  HttpException,
  Injectable,
  Logger,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { newId } from '@nest-integrations/common';
import { TooManyRequestsException } from '../protection/rate-limits.js';
import { ofStatus, problemOf } from './problem-of.js';
import { pathOf, PROBLEM_MEDIA_TYPE, type Problem } from './problem.js';

/** Answers every error of this module's routes as a problem document. */
@Catch()
@Injectable()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('IntegrationAdmin');

  constructor(private readonly host: HttpAdapterHost) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<{ method: string; originalUrl?: string; url: string }>();
    const instance = pathOf(request.originalUrl ?? request.url);
    const problem =
      problemOf(error, instance) ?? this.ourFault(error, `${request.method} ${instance}`, instance);

    const adapter = this.host.httpAdapter;
    const response = http.getResponse<object>();
    if (adapter.isHeadersSent(response)) {
      adapter.end(response);
      return;
    }
    adapter.setHeader(response, 'Content-Type', PROBLEM_MEDIA_TYPE);
    if (error instanceof TooManyRequestsException) {
      adapter.setHeader(response, 'Retry-After', String(error.retryAfterSeconds));
    }
    adapter.reply(response, problem, problem.status);
  }

  /** The caller gets an id, the log gets the error under it. */
  private ourFault(error: unknown, route: string, instance: string): Problem {
    const errorId = newId();
    const status = error instanceof HttpException ? error.getStatus() : 500;
    this.logger.error(
      { event: 'integration.admin.failed', errorId, route, error: String(error) },
      error instanceof Error ? error.stack : undefined,
    );
    const detail = `Something went wrong on our side. The log has more under ${errorId}.`;
    return { ...ofStatus(status, detail, instance), errorId };
  }
}
