import { lookup, type LookupAddress } from 'node:dns';
import { promisify } from 'node:util';

/** All addresses of a host. Rejects where there are none. */
export type ResolveHost = (hostname: string) => Promise<readonly LookupAddress[]>;

/** The name could not be turned into an address. */
export class HostNotResolvedError extends Error {
  constructor(hostname: string, options?: ErrorOptions) {
    super(`${hostname} could not be resolved`, options);
    this.name = 'HostNotResolvedError';
  }
}

const lookupAll = promisify(lookup);

/** As the system resolves it, hosts file included. */
export const systemResolve: ResolveHost = (hostname) => lookupAll(hostname, { all: true });

/**
 * Asks once where many want to know the same at the same time. The system's lookups take a thread
 * of a small pool each: one slow name server must not take them all. Nothing is kept beyond that.
 */
export function sharingLookups(resolve: ResolveHost): ResolveHost {
  const underWay = new Map<string, Promise<readonly LookupAddress[]>>();
  return (hostname) => {
    const shared = underWay.get(hostname);
    if (shared) return shared;
    const lookup = resolved(hostname, resolve).finally(() => underWay.delete(hostname));
    underWay.set(hostname, lookup);
    return lookup;
  };
}

/** @throws HostNotResolvedError */
async function resolved(hostname: string, resolve: ResolveHost): Promise<readonly LookupAddress[]> {
  const addresses = await resolve(hostname).catch((cause: unknown) => {
    throw new HostNotResolvedError(hostname, { cause });
  });
  if (addresses.length === 0) throw new HostNotResolvedError(hostname);
  return addresses;
}
