import type { OutboundHttp } from '../http/outbound-http.js';
import type { OutboundFailure } from '../http/outbound-failure.js';
import type { FieldProblem } from '../integration.error.js';
import type { JsonSchema } from '../schema/json-schema.js';
import { secretsIn } from '../schema/secret-paths.js';
import { destinationsIn, type Destination } from './destinations.js';

/** Says what may be connected to, as far as it can be told without asking DNS. */
export type DestinationRules = Pick<OutboundHttp, 'refusalOf' | 'refusalOfSocket'>;

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
  const destinations = destinationsIn(config, schema);
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

function refusalOf(destination: Destination, rules: DestinationRules): OutboundFailure | null {
  if (destination.kind === 'url') {
    const url = withoutTemplates(destination.url);
    return url === null ? null : rules.refusalOf({ method: 'GET', url });
  }
  const { host, port } = destination;
  return port === null ? null : rules.refusalOfSocket({ host, port });
}

/** Up to its first template; `null`: that is in the host, which only an attempt knows. */
function withoutTemplates(url: string): string | null {
  const [fixed = ''] = url.split(TEMPLATE);
  return fixed === url || WITH_HOST.test(fixed) ? fixed : null;
}
