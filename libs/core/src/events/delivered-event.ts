/** An event as a provider sees it. `JSON.stringify` gives the Standard Webhooks body. */
export class DeliveredEvent {
  private parsed: { value: unknown } | undefined;
  private standardBody: string | undefined;

  constructor(
    readonly id: string,
    readonly type: string,
    /** When it happened, ISO 8601 UTC; the same over every retry and replay. */
    readonly occurredAt: string,
    /** The payload as JSON text, its key order kept since it was emitted. */
    readonly payloadJson: string,
    readonly tenant: string | null = null,
    /** W3C `traceparent` of the work that published it, perhaps with `tracestate`; null: none. */
    readonly trace: string | null = null,
  ) {}

  get payload(): unknown {
    this.parsed ??= { value: JSON.parse(this.payloadJson) };
    return this.parsed.value;
  }

  /** `{ type, timestamp, data }` (Standard Webhooks 1.0) without parsing the payload. */
  toStandardBody(): string {
    this.standardBody ??= `{"type":${JSON.stringify(this.type)},"timestamp":"${this.occurredAt}","data":${this.payloadJson}}`;
    return this.standardBody;
  }

  toJSON(): { type: string; timestamp: string; data: unknown } {
    return { type: this.type, timestamp: this.occurredAt, data: this.payload };
  }
}
