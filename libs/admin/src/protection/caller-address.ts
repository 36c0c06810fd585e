import { isIPv6 } from 'node:net';

/** Of an IPv6 address, the part that one customer of a provider has for their own. */
const IPV6_NETWORK_GROUPS = 4;

/**
 * Where a request comes from, as the key of a limit: `request.ip`, which follows the host's
 * `trust proxy`. All of an IPv6 network of 64 bits count as one, for its owner has all of it.
 */
export function callerAddress(request: object): string {
  const address = addressOf(request);
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return mapped ?? expanded(address).slice(0, IPV6_NETWORK_GROUPS).join(':');
}

function addressOf(request: object): string {
  if ('ip' in request && typeof request.ip === 'string') return request.ip;
  const socket: unknown = 'socket' in request ? request.socket : null;
  return typeof socket === 'object' &&
    socket !== null &&
    'remoteAddress' in socket &&
    typeof socket.remoteAddress === 'string'
    ? socket.remoteAddress
    : 'unknown';
}

function expanded(address: string): string[] {
  const [head = '', tail = ''] = (address.split('%')[0] ?? '').toLowerCase().split('::');
  const before = head.split(':').filter((group) => group !== '');
  const after = tail.split(':').filter((group) => group !== '');
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  return [...before, ...zeros, ...after];
}
