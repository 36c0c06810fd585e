import type { OutboundTimings } from './outbound-http.types.js';

type Durations = Pick<OutboundTimings, 'dnsMs' | 'connectMs' | 'tlsMs'>;

/** How long the parts of opening one connection took, as far as it got. */
export class ConnectionTimings {
  private dnsMs: number | undefined;
  private connectMs: number | undefined;
  private tlsMs: number | undefined;
  private last = performance.now();

  resolved(): void {
    this.dnsMs = this.lap();
  }

  connected(): void {
    this.connectMs = this.lap();
  }

  secured(): void {
    this.tlsMs = this.lap();
  }

  durations(): Durations {
    const { dnsMs, connectMs, tlsMs } = this;
    return { dnsMs, connectMs, tlsMs };
  }

  private lap(): number {
    const now = performance.now();
    const duration = now - this.last;
    this.last = now;
    return duration;
  }
}
