import { createHash, timingSafeEqual } from 'node:crypto';
import { IntegrationAccessPolicy, type AccessDecision } from '@nest-integrations/admin';

/** Whoever has the admin token may do everything, in every tenant. A host asks its own users' rights. */
export class DemoAccessPolicy extends IntegrationAccessPolicy {
  private readonly expected: Buffer;

  constructor(token: string) {
    super();
    this.expected = digest(`Bearer ${token}`);
  }

  check(request: unknown): AccessDecision {
    const given = digest(authorizationOf(request));
    return timingSafeEqual(given, this.expected)
      ? { allowed: true, scope: 'all', actor: 'admin' }
      : { allowed: false, status: 401 };
  }
}

function authorizationOf(request: unknown): string {
  if (typeof request !== 'object' || request === null || !('headers' in request)) return '';
  const { headers } = request;
  if (typeof headers !== 'object' || headers === null || !('authorization' in headers)) return '';
  return String(headers.authorization);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
