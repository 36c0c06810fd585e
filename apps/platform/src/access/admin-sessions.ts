import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

const SESSION_MS = 12 * 60 * 60 * 1_000;
const FORM = /^(\d{13})\.([\w-]{43})$/;

/**
 * The demo's one administrator: known by the admin token, or by a session that was begun with it. A
 * session is signed, not stored: it outlives a restart, holds on every instance, and ends with its
 * time or with the token.
 */
export class AdminSessions {
  readonly lifeMs = SESSION_MS;
  private readonly expected: Buffer;
  private readonly key: Buffer;

  constructor(token: string) {
    this.expected = digest(token);
    this.key = createHmac('sha256', token).update('session').digest();
  }

  isToken(given: string): boolean {
    return timingSafeEqual(digest(given), this.expected);
  }

  begin(now: Date): string {
    const end = String(now.getTime() + SESSION_MS);
    return `${end}.${this.signatureOf(end)}`;
  }

  /** When it ends; null where it has ended, or was never begun here. */
  endOf(session: string, now: Date): Date | null {
    const [, end = '', signature = ''] = FORM.exec(session) ?? [];
    if (end === '' || !timingSafeEqual(digest(signature), digest(this.signatureOf(end))))
      return null;
    return Number(end) > now.getTime() ? new Date(Number(end)) : null;
  }

  private signatureOf(end: string): string {
    return createHmac('sha256', this.key).update(end).digest('base64url');
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
