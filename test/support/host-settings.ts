import { randomBytes } from 'node:crypto';
import type { HostSettings } from '../faults/process/messages.js';
import type { QueueName } from './host.js';
import type { FreshDatabase } from './postgres.js';
import { redisUrl } from './run-redis.js';

const secretKey = randomBytes(32).toString('base64');

/** Settings that let hosts of one test work together, with leases short enough to wait for. */
export function hostSettings(
  database: FreshDatabase,
  queue: QueueName,
  changes: Partial<HostSettings> = {},
): HostSettings {
  return {
    databaseUrl: database.url,
    ...(queue === 'bull' ? { redisUrl: redisUrl() } : {}),
    redisPrefix: database.name,
    secretKey,
    delivers: true,
    concurrency: 64,
    leaseMs: 3_000,
    sweepIntervalMs: 500,
    ...changes,
  };
}
