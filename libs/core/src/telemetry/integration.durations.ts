import { Injectable } from '@nestjs/common';
import type { Attributes } from '@opentelemetry/api';
import { DurationHistogram, type DurationSeries } from './duration.histogram.js';

/** Providers times outcomes; a host that registers more sees the rest as one. */
const MAX_ATTEMPT_SERIES = 200;

/** How long things took, by attributes whose number is bounded: no subscription, no URL, no event. */
@Injectable()
export class IntegrationDurations {
  readonly attempt = new DurationHistogram(MAX_ATTEMPT_SERIES);
  readonly accept = new DurationHistogram(2);
  private readonly acceptedOwn: DurationSeries = this.accept.series('own', () => ({
    'integration.transaction': 'own',
  }));
  private readonly acceptedWithin: DurationSeries = this.accept.series('caller', () => ({
    'integration.transaction': 'caller',
  }));

  attempted(provider: string, outcome: string, milliseconds: number): void {
    const series = this.attempt.series(`${provider}\0${outcome}`, () =>
      attemptAttributes(provider, outcome),
    );
    this.attempt.record(series, milliseconds);
  }

  accepted(milliseconds: number, transaction: 'own' | 'caller'): void {
    const series = transaction === 'own' ? this.acceptedOwn : this.acceptedWithin;
    this.accept.record(series, milliseconds);
  }
}

function attemptAttributes(provider: string, outcome: string): Attributes {
  return { 'integration.provider': provider, 'integration.outcome': outcome };
}
