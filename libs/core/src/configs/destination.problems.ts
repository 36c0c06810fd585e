import type { OutboundHttp } from '../http/outbound-http.js';
import type { OutboundFailure } from '../http/outbound-failure.js';
import type { SocketTarget } from '../http/socket-client.js';
import type { FieldProblem } from '../integration.error.js';
import type { JsonSchema } from '../schema/json-schema.js';
import { valuesWith, type KeywordValue } from '../schema/keyword-values.js';
import { isRecord, secretsIn } from '../schema/secret-paths.js';

/** Says what may be connected to, as far as it can be told without asking DNS. */
export type DestinationRules = Pick<OutboundHttp, 'refusalOf' | 'refusalOfSocket'>;

/** An IPv6 address without a port has more than one colon, and no brackets. */
const HOST_AND_PORT = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/;
const TEMPLATE = /\{[{%]/;
/** Scheme and host, whole. */
const WITH_HOST = /^https?:\/\/[^/?#\\]+[/?#\\]/i;

/**
 * Where a config would connect to what no attempt may: fields with the hint `destination`. A host that
 * is a name is looked up, and judged again, at each attempt.
 */
export function destinationProblems(
  config: unknown,
  schema: JsonSchema,
  rules: DestinationRules,
): FieldProblem[] {
  const destinations = valuesWith('x-destination', config, schema);
  if (destinations.length === 0) return [];
  const secrets = new Set(secretsIn(config, schema).map(({ path }) => path));
  return destinations.flatMap((destination) => {
    const refusal = refusalOf(destination, rules);
    if (!refusal) return [];
    const { path } = destination;
    // Of a secret, which may be a stored one, nothing is repeated.
    const why = secrets.has(path) ? 'its host or port is not allowed' : refusal.message;
    return [{ field: `config.${path}`, message: `can’t be connected to: ${why}` }];
  });
}

function refusalOf(
  { value, says, among }: KeywordValue,
  rules: DestinationRules,
): OutboundFailure | null {
  if (typeof value !== 'string') return null;
  if (says === 'url') {
    const url = withoutTemplates(value);
    return url === null ? null : rules.refusalOf({ method: 'GET', url });
  }
  const target = says === 'host' ? targetOf(value, among) : null;
  return target && rules.refusalOfSocket(target);
}

/** Up to its first template; `null`: that is in the host, which only an attempt knows. */
function withoutTemplates(url: string): string | null {
  const [fixed = ''] = url.split(TEMPLATE);
  return fixed === url || WITH_HOST.test(fixed) ? fixed : null;
}

/** `host:port`, or a host with its port in the field beside it. */
function targetOf(value: string, among: unknown): SocketTarget | null {
  const [, address, name, port] = HOST_AND_PORT.exec(value) ?? [];
  const host = address ?? name;
  if (host !== undefined) return { host, port: Number(port) };
  const beside = isRecord(among) ? among['port'] : undefined;
  return typeof beside === 'number' ? { host: value, port: beside } : null;
}
