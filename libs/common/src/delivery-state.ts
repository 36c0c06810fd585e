/** Where a stored delivery stands. `pending → (retrying →)* delivered | failed | cancelled`. */
export const DELIVERY_STATES = ['pending', 'retrying', 'delivered', 'failed', 'cancelled'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** What a reader sees: a live delivery whose lease a worker holds right now is `attempting`. */
export const DELIVERY_STATUSES = [...DELIVERY_STATES, 'attempting'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** How one attempt ended. */
export const ATTEMPT_OUTCOMES = ['delivered', 'retry', 'rejected'] as const;
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];
