import { Injectable } from '@nestjs/common';

/** What this process has done since it started. */
@Injectable()
export class IntegrationCounters {
  /** Events made durable. */
  accepted = 0;
  /** Events that callers' transactions have committed, of those that somebody wants. */
  acceptedWithin = 0;
  /** Emitted events that were refused or could not be written. */
  notAccepted = 0;
  delivered = 0;
  retried = 0;
  failed = 0;
  cancelled = 0;
  /** Results dropped because another worker had taken the lease. */
  leasesLost = 0;
  /** Deliveries that the sweep handed to the queue again. */
  swept = 0;

  /** Their values now. */
  snapshot(): CounterValues {
    const { accepted, notAccepted, delivered, retried, failed, cancelled } = this;
    return {
      accepted,
      acceptedWithin: this.acceptedWithin,
      notAccepted,
      delivered,
      retried,
      failed,
      cancelled,
      leasesLost: this.leasesLost,
      swept: this.swept,
    };
  }
}

export type CounterValues = Readonly<Omit<IntegrationCounters, 'snapshot'>>;
