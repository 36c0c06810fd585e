import type { Logger } from '@nestjs/common';
import { within } from './within.js';

/**
 * The time that a shutdown's steps have together. A step that fails or takes too long is logged, and
 * the next one begins: whatever is left undone, leases end by themselves and accepted events stay.
 */
export class ShutdownBudget {
  private readonly endsAt: number;

  constructor(
    private readonly logger: Logger,
    milliseconds: number,
  ) {
    this.endsAt = performance.now() + milliseconds;
  }

  /** At least a moment for each: closing what still answers takes no longer. */
  async spend(step: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await within(Math.max(LEAST_MS, this.endsAt - performance.now()), work());
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.warn({ event: 'shutdown.step_failed', step, reason });
    }
  }
}

const LEAST_MS = 250;
