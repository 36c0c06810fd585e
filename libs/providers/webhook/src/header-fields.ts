import { z } from 'zod';

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** The connection's own, and those that the signature stands on. */
const RESERVED =
  /^(host|connection|content-length|transfer-encoding|upgrade|te|trailer|keep-alive|expect|accept-encoding|http2-settings|proxy-.*|webhook-(id|timestamp|signature))$/i;

export const headerName = z
  .string()
  .max(256)
  .regex(NAME, 'must be a header name, like X-Team')
  .refine((name) => !RESERVED.test(name), 'is set by the sender and can’t be given');

export const headerValue = z
  .string()
  .max(4_096)
  .regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'must be one line of printable characters');

/** Names are the same in any case; undici would send both. */
export function lowerCaseNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}
