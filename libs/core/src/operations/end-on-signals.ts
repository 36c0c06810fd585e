import { Logger } from '@nestjs/common';

export interface EndOnSignals {
  /** Closes all that the process has open. Called once. */
  readonly close: () => Promise<unknown>;
  /** The longest that may take, in milliseconds; then the process ends all the same. */
  readonly withinMs: number;
}

const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;
/** Ctrl-C reaches a process started by npm twice, at once: that is one wish. */
const SAME_WISH_MS = 1_000;

/**
 * Ends the process in order on SIGTERM and SIGINT: exit code 0 once all is closed, 1 where that
 * failed or took too long. A second signal, a second or more later, ends it at once: what was under
 * way is attempted again when its lease ends, and nothing accepted is lost.
 */
export function endOnSignals({ close, withinMs }: EndOnSignals): void {
  const logger = new Logger('IntegrationModule');
  let firstAt: number | null = null;
  const end = (signal: keyof typeof SIGNALS) => {
    const now = performance.now();
    if (firstAt !== null) {
      if (now - firstAt < SAME_WISH_MS) return;
      logger.warn({ event: 'shutdown.cut_short', signal });
      process.exit(SIGNALS[signal]);
    }
    firstAt = now;
    setTimeout(() => {
      logger.error({ event: 'shutdown.too_long', withinMs });
      process.exit(1);
    }, withinMs);
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
        logger.error({ event: 'shutdown.failed', reason });
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', () => end('SIGTERM'));
  process.on('SIGINT', () => end('SIGINT'));
}
