import type { JsonSchema } from '../schema/json-schema.js';
import { valuesWith } from '../schema/keyword-values.js';
import { isRecord } from '../schema/secret-paths.js';

/** What a config connects to: the value of a field with the hint `destination`. */
export type Destination =
  | { readonly path: string; readonly kind: 'url'; readonly url: string }
  | {
      readonly path: string;
      readonly kind: 'host';
      readonly host: string;
      /** Null: the config does not say. */
      readonly port: number | null;
    };

/** An IPv6 address without a port has more than one colon, and no brackets. */
const HOST_AND_PORT = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/;

export function destinationsIn(config: unknown, schema: JsonSchema): Destination[] {
  return valuesWith('x-destination', config, schema).flatMap(
    ({ path, value, says, among }): Destination[] => {
      if (typeof value !== 'string') return [];
      if (says === 'url') return [{ path, kind: 'url', url: value }];
      return says === 'host' ? [{ path, kind: 'host', ...hostAndPort(value, among) }] : [];
    },
  );
}

/** `host:port`, or a host with its port in the field beside it. */
function hostAndPort(value: string, among: unknown): { host: string; port: number | null } {
  const [, address, name, port] = HOST_AND_PORT.exec(value) ?? [];
  const host = address ?? name;
  if (host !== undefined) return { host, port: Number(port) };
  const beside = isRecord(among) ? among['port'] : undefined;
  return { host: value, port: typeof beside === 'number' ? beside : null };
}
