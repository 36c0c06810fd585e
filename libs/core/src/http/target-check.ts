import type { SocketTarget } from './socket-client.js';
import { hostProblem, portProblem, type UrlProblem, type UrlRules } from './url-check.js';

/** Letters of any script, digits, and what stands in names and addresses; no credentials, no path. */
const HOST = /^[\p{L}\p{N}._:-]{1,253}$/u;

/** Why a socket can't or must not be opened, as far as it can be told without asking DNS. */
export function targetProblem(
  { host, port }: SocketTarget,
  { guard, ports }: UrlRules,
): UrlProblem | undefined {
  if (!HOST.test(host)) return { code: 'invalid', message: 'the host is no name and no address' };
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    return { code: 'invalid', message: `port ${port} can’t be connected to` };
  }
  return portProblem(port, ports) ?? hostProblem(host, guard);
}
