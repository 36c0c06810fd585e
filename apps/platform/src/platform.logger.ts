import { ConsoleLogger } from '@nestjs/common';

/** Failures to start, which `main` prints as one message, and retries, which the engine tells of. */
const TOLD_ELSEWHERE = new Set(['ExceptionHandler', 'NestApplication', 'TypeOrmModule']);

/** Nest's own logger, without the stack of a start that failed for want of a setting. */
export class PlatformLogger extends ConsoleLogger {
  override error(message: unknown, ...rest: unknown[]): void {
    if (TOLD_ELSEWHERE.has(String(rest.at(-1)))) return;
    super.error(message, ...rest);
  }
}
