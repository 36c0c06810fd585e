import { z } from 'zod';

export const MAX_CONCURRENCY = 1_000;
export const MAX_RATE = 10_000;
const MAX_KEY_LENGTH = 200;

/** `order.id`: names of properties, parted by dots. */
const PROPERTY_PATH = /^[^.\0\s]+(\.[^.\0\s]+)*$/;

/** How much one receiver is given at once, over all processes. What is left out is not limited. */
export const deliveryLimitsSchema = z.strictObject({
  /** Attempts under way at once. */
  maxConcurrency: z.number().int().min(1).max(MAX_CONCURRENCY).optional(),
  /** Attempts begun in a second or a minute, evenly spread. */
  rate: z
    .strictObject({
      limit: z.number().int().min(1).max(MAX_RATE),
      per: z.enum(['second', 'minute']),
    })
    .optional(),
});
export type DeliveryLimits = z.output<typeof deliveryLimitsSchema>;

/**
 * Deliveries go out one at a time, in the order in which their events were accepted: all of the
 * subscription, or those whose payload has the same value at `key`.
 */
export const deliveryOrderingSchema = z.strictObject({
  key: z
    .string()
    .max(MAX_KEY_LENGTH)
    .regex(PROPERTY_PATH, 'must be the path of a property in the payload, like order.id')
    .optional(),
});
export type DeliveryOrdering = z.output<typeof deliveryOrderingSchema>;

/**
 * Whether a receiver that keeps failing is being left alone: `open` waits, `half_open` has one
 * delivery on its way to see whether the receiver is back.
 */
export const CIRCUIT_STATES = ['closed', 'open', 'half_open'] as const;
export type CircuitState = (typeof CIRCUIT_STATES)[number];
