import type { AccessDecision } from './integration-access.policy.js';

export type GrantedAccess = Extract<AccessDecision, { allowed: true }>;

// Beside the request, not on it: a host's own properties can't collide with it or forge it.
const granted = new WeakMap<object, GrantedAccess>();

export function grantAccess(request: object, access: GrantedAccess): void {
  granted.set(request, access);
}

/** @throws Error where no guard has let the request in */
export function grantedAccess(request: object): GrantedAccess {
  const access = granted.get(request);
  if (!access) throw new Error('The request has not passed the access guard');
  return access;
}
