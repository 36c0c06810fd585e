import { ADMIN_PATH } from './platform.module.js';
import type { Platform } from './platform.js';
import type { PlatformSettings } from './settings/platform-settings.js';

/** What a newcomer does next; every command can be pasted. */
export function banner(
  { origin, adminToken, database }: Platform,
  settings: PlatformSettings,
): string {
  const admin = `${origin}${ADMIN_PATH}`;
  // One that was given is known to whoever gave it, and does not belong into a log.
  const token = settings.adminToken === undefined ? adminToken : '$ADMIN_TOKEN';
  const authorization = `-H "Authorization: Bearer ${token}"`;
  return `
  Nest Integrations is running.

  Open     ${origin}/inbox

  Create an incident, and watch its webhook arrive on that page:
           curl -X POST ${origin}/incidents -H 'content-type: application/json' \\
             -d '{"title":"Checkout is down","severity":"critical"}'

  See its delivery, with every attempt:
           curl ${admin}/deliveries ${authorization}

  The API is described by
           curl ${admin}/openapi.json ${authorization}

  Data     ${database}
  Queue    ${settings.redisUrl ? 'Bull on Redis' : 'Postgres'}
  Stop     Ctrl-C
`;
}
