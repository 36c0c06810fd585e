import type { CookieOptions } from 'express';

/** The cookie that a session is kept in: no script reads it, no other site's page sends it. */
export class SessionCookie {
  readonly name: string;
  readonly options: CookieOptions;

  /** `isSecure`: over HTTPS alone, and for this host alone, which the name then promises. */
  constructor(isSecure: boolean) {
    this.name = isSecure ? '__Host-nest-integrations' : 'nest-integrations';
    this.options = { httpOnly: true, sameSite: 'strict', secure: isSecure, path: '/' };
  }

  /** Its value in a request's `Cookie` header; '' where there is none. */
  valueIn(header: unknown): string {
    if (typeof header !== 'string') return '';
    const prefix = `${this.name}=`;
    const pair = header.split(';').map((part) => part.trim());
    return pair.find((part) => part.startsWith(prefix))?.slice(prefix.length) ?? '';
  }
}
