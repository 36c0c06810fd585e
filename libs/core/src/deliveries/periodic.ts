import type { Logger } from '@nestjs/common';

export interface PeriodicWork {
  /** For the log: `health.failed`. */
  readonly failure: string;
  readonly everyMs: number;
  readonly logger: Logger;
  readonly work: () => Promise<void>;
}

/** Does work again and again, never twice at once; what goes wrong is logged and tried again. */
export class Periodic {
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> | null = null;

  constructor(private readonly options: PeriodicWork) {}

  start(): void {
    this.timer ??= setInterval(() => this.now(), this.options.everyMs);
  }

  /** Begins at once, unless it is under way or stopped. */
  now(): void {
    if (!this.timer || this.running) return;
    this.running = this.safely().finally(() => (this.running = null));
  }

  /** Begins no more and waits for what is under way. */
  async stop(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    await this.running;
  }

  private async safely(): Promise<void> {
    const { failure, logger, work } = this.options;
    try {
      await work();
    } catch (error) {
      logger.error({
        event: failure,
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  }
}
