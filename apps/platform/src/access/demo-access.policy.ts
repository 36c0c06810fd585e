import { IntegrationAccessPolicy, type AccessDecision } from '@nest-integrations/admin';
import type { AdminSessions } from './admin-sessions.js';
import type { SessionCookie } from './session-cookie.js';

/**
 * Whoever has the admin token, or a session begun with it, may do everything, in every tenant. A host
 * asks its own users' rights.
 */
export class DemoAccessPolicy extends IntegrationAccessPolicy {
  constructor(
    private readonly sessions: AdminSessions,
    private readonly cookie: SessionCookie,
  ) {
    super();
  }

  check(request: unknown): AccessDecision {
    const token = /^Bearer (.+)$/.exec(headerOf(request, 'authorization'))?.[1];
    const session = this.cookie.valueIn(headerOf(request, 'cookie'));
    const isKnown =
      token === undefined
        ? this.sessions.endOf(session, new Date()) !== null
        : this.sessions.isToken(token);
    return isKnown
      ? { allowed: true, scope: 'all', actor: 'admin' }
      : { allowed: false, status: 401 };
  }
}

function headerOf(request: unknown, name: 'authorization' | 'cookie'): string {
  if (typeof request !== 'object' || request === null || !('headers' in request)) return '';
  const { headers } = request;
  if (typeof headers !== 'object' || headers === null) return '';
  const value: unknown = Object.entries(headers).find(([key]) => key === name)?.[1];
  return typeof value === 'string' ? value : '';
}
