import {
  MAX_RETRIES,
  MAX_RETRY_DELAY_SECONDS,
  RETRY_PRESET_NAMES,
} from '@nest-integrations/common';
import type { ApiPropertyOptions } from '@nestjs/swagger';

/** The retry policy in the OpenAPI document. */
export const RETRY_POLICY_PROPERTY: ApiPropertyOptions = {
  description: 'A preset, or an own list of waits between attempts.',
  oneOf: [
    { type: 'string', enum: RETRY_PRESET_NAMES },
    {
      type: 'object',
      required: ['delaysSeconds'],
      additionalProperties: false,
      properties: {
        delaysSeconds: {
          type: 'array',
          maxItems: MAX_RETRIES,
          items: { type: 'number', minimum: 0, maximum: MAX_RETRY_DELAY_SECONDS },
          description: 'Seconds to wait before the second, third, … attempt.',
        },
        jitter: {
          type: 'number',
          minimum: 0,
          maximum: 1,
          default: 0.1,
          description: 'Share of a wait by which it may vary either way.',
        },
        onClientError: {
          type: 'string',
          enum: ['retry', 'reject'],
          default: 'retry',
          description: 'What a 4xx answer other than 408, 410, 425 and 429 means.',
        },
      },
    },
  ],
  example: 'default',
};
