import { MAX_CONCURRENCY, MAX_RATE } from '@nest-integrations/common';
import type { ApiPropertyOptions } from '@nestjs/swagger';

/** Limits in the OpenAPI document. */
export const LIMITS_PROPERTY: ApiPropertyOptions = {
  type: 'object',
  nullable: true,
  additionalProperties: false,
  description: 'How much the receiver is given at once, over all processes. `null`: no limits.',
  properties: {
    maxConcurrency: {
      type: 'integer',
      minimum: 1,
      maximum: MAX_CONCURRENCY,
      description: 'Attempts under way at once.',
    },
    rate: {
      type: 'object',
      required: ['limit', 'per'],
      additionalProperties: false,
      description: 'Attempts begun in a second or a minute, evenly spread.',
      properties: {
        limit: { type: 'integer', minimum: 1, maximum: MAX_RATE },
        per: { type: 'string', enum: ['second', 'minute'] },
      },
    },
  },
  example: { maxConcurrency: 5, rate: { limit: 10, per: 'second' } },
};

/** Ordering in the OpenAPI document. */
export const ORDERING_PROPERTY: ApiPropertyOptions = {
  type: 'object',
  nullable: true,
  additionalProperties: false,
  description:
    'One at a time, in the order of acceptance; a delivery that waits for its retry keeps those behind it waiting. `null`: side by side.',
  properties: {
    key: {
      type: 'string',
      maxLength: 200,
      description:
        'Path of a property in the payload: only deliveries with the same value there wait for one another.',
    },
  },
  example: { key: 'incident.id' },
};
