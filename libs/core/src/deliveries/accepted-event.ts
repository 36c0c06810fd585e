/** An event that is durable. */
export interface AcceptedEvent {
  /** The `webhook-id` of all its deliveries. */
  readonly id: string;
  readonly type: string;
  readonly occurredAt: Date;
  /** Deliveries that this call made. */
  readonly deliveries: number;
  /** True: an event with this idempotency key was there; this is that one. */
  readonly duplicate: boolean;
}
