import { inject } from 'vitest';

/** The run's real Redis. Take keys of your own: a prefix with the database's name in it. */
export function redisUrl(): string {
  return inject('redisUrl');
}
