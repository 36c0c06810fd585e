import { SIGN_IN_PATH } from './access/sign-in.controller.js';
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
  // Behind the `#`: a browser sends that to no server, and so to no log of one.
  const signInLink =
    settings.adminToken === undefined
      ? `${origin}${SIGN_IN_PATH}#${encodeURIComponent(token)}`
      : `${admin} (signed in with $ADMIN_TOKEN)`;
  const authorization = `-H "Authorization: Bearer ${token}"`;
  return `
  Nest Integrations is running.

  Open     ${origin}/inbox
  Admin    ${signInLink}

  Create an incident, and watch its webhook arrive on the first, and as a delivery on the second:
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
