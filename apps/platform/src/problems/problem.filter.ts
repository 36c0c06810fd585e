import {
  Catch,
  HttpException,
  Logger,
  ServiceUnavailableException,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import type { Request, Response } from 'express';

/** Answers errors of the demo's own routes as problem details (RFC 9457). */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Platform');

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const status = statusOf(error);
    if (error instanceof ServiceUnavailableException) {
      // A health check that failed: its report is the answer.
      http.getResponse<Response>().status(status).json(error.getResponse());
      return;
    }
    if (status >= 500) this.logger.error(error instanceof Error ? error.stack : String(error));
    http
      .getResponse<Response>()
      .status(status)
      .type('application/problem+json')
      .json({ status, ...describe(error, status), instance: request.originalUrl });
  }
}

/** Body parsers throw errors that are no exceptions of Nest but carry a status. */
function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  if (error instanceof Error && 'status' in error) {
    const status = Number(error.status);
    if (status >= 400 && status < 500) return status;
  }
  return 500;
}

function describe(
  error: unknown,
  status: number,
): { title: string; detail?: string; errors?: string[] } {
  if (status >= 500 || !(error instanceof Error)) return { title: 'Something went wrong' };
  const answer: unknown = error instanceof HttpException ? error.getResponse() : null;
  const messages =
    typeof answer === 'object' && answer !== null && 'message' in answer ? answer.message : null;
  return Array.isArray(messages)
    ? { title: 'The request is not valid', errors: messages.map(String) }
    : { title: error.message };
}
