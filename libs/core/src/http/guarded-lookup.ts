import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { AddressGuard, ForbiddenReason } from './address-guard.js';
import type { ResolveHost } from './host-resolver.js';

export interface GuardedLookupOptions {
  readonly guard: AddressGuard;
  readonly resolve: ResolveHost;
}

/** No address of the host may be connected to. */
export class AddressBlockedError extends Error {
  constructor(
    readonly hostname: string,
    readonly reason: ForbiddenReason,
  ) {
    super(`${hostname} is not allowed: ${reason} address`);
    this.name = 'AddressBlockedError';
  }
}

/** A socket does no lookup for an IP address, so those are judged here. */
export function literalRefusal(
  hostname: string,
  guard: AddressGuard,
): AddressBlockedError | undefined {
  if (isIP(hostname) === 0) return undefined;
  const verdict = guard.verdict(hostname);
  return verdict.allowed ? undefined : new AddressBlockedError(hostname, verdict.reason);
}

/** For a socket: it gets the allowed addresses alone. */
export function guardedLookup(options: GuardedLookupOptions): LookupFunction {
  return (hostname, { all }, callback) => {
    const answer = (error: Error | null, addresses: LookupAddress[]): void => {
      const [first] = addresses;
      if (all) callback(error, addresses);
      else callback(error, first?.address ?? '', first?.family);
    };
    allowedAddresses(hostname, options).then(
      (addresses) => answer(null, addresses),
      (error: unknown) => answer(error instanceof Error ? error : new Error(String(error)), []),
    );
  };
}

/** @throws AddressBlockedError where none is allowed, HostNotResolvedError */
export async function allowedAddresses(
  hostname: string,
  { guard, resolve }: GuardedLookupOptions,
): Promise<LookupAddress[]> {
  let reason: ForbiddenReason = 'invalid';
  const allowed = (await resolve(hostname)).filter(({ address }) => {
    const verdict = guard.verdict(address, hostname);
    if (!verdict.allowed) reason = verdict.reason;
    return verdict.allowed;
  });
  if (allowed.length === 0) throw new AddressBlockedError(hostname, reason);
  return allowed;
}
