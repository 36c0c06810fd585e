import { randomBytes } from 'node:crypto';

/** `inc_x7Yp…`: says what it is of. */
export function demoId(prefix: string): string {
  return `${prefix}_${randomBytes(9).toString('base64url')}`;
}
