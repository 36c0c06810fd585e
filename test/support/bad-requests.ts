import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { OpenAPIObject } from '@nestjs/swagger';

export interface BadRequest {
  readonly what: string;
  readonly method: string;
  /** As it goes on the wire, however wrong. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface Route {
  readonly method: string;
  readonly path: string;
  readonly hasBody: boolean;
  readonly queryFields: readonly string[];
}

const json = { 'content-type': 'application/json' };
const MAX_URL = 9_000;

/** What nobody should send, to every route of the document; `ids` fill its parameters. */
export function badRequests(
  document: OpenAPIObject,
  ids: Readonly<Record<string, string>>,
): BadRequest[] {
  return routesOf(document).flatMap((route) => [
    ...badCallers(route, ids),
    ...badPaths(route),
    ...badQueries(route, ids),
    ...(route.method === 'GET' ? [] : badBodies(route, ids)),
    ...(route.hasBody ? wrongBodies(route, ids) : []),
  ]);
}

function routesOf({ paths }: OpenAPIObject): Route[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    (['get', 'post', 'put', 'patch', 'delete'] as const).flatMap((method) => {
      const operation = item[method];
      if (!operation) return [];
      const queryFields = (operation.parameters ?? []).flatMap((parameter) =>
        'in' in parameter && parameter.in === 'query' ? [parameter.name] : [],
      );
      const hasBody = operation.requestBody !== undefined;
      return [{ method: method.toUpperCase(), path, hasBody, queryFields }];
    }),
  );
}

function filled(path: string, ids: Readonly<Record<string, string>>): string {
  const collection =
    path
      .replace(/\/\{.*$/, '')
      .split('/')
      .at(-1) ?? '';
  return path.replaceAll(/\{\w+\}/g, ids[collection] ?? 'unknown');
}

function badCallers({ method, path }: Route, ids: Readonly<Record<string, string>>): BadRequest[] {
  const at = { method, path: filled(path, ids) };
  const callers: BadRequest[] = [
    { ...at, what: 'no credentials', headers: { authorization: '' } },
    { ...at, what: 'a wrong token', headers: { authorization: 'Bearer nope' } },
    { ...at, what: 'a broken scheme', headers: { authorization: '\u00ff\u00fe' } },
    { ...at, what: 'an unknown session', headers: { authorization: '', cookie: 'session=nope' } },
  ];
  if (method === 'GET') return callers;
  const cookie = { authorization: '', cookie: 'session=valid' };
  return [
    ...callers,
    { ...at, what: 'a session without an origin', headers: cookie },
    { ...at, what: 'another site’s page', headers: { ...cookie, 'sec-fetch-site': 'cross-site' } },
    { ...at, what: 'another origin', headers: { ...cookie, origin: 'https://evil.example' } },
    {
      ...at,
      what: 'a form of another site',
      headers: {
        ...cookie,
        origin: 'https://evil.example',
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'name=mine',
    },
  ];
}

function badPaths({ method, path }: Route): BadRequest[] {
  if (!path.includes('{')) {
    return [
      { method, what: 'a path below', path: `${path}/x/y/z` },
      { method, what: 'a broken escape', path: `${path}%` },
      { method, what: 'a climbing path', path: `${path}/..%2f..%2fetc%2fpasswd` },
    ];
  }
  return [
    '%',
    '%ff%fe',
    '%00',
    '%E0%A4%A',
    '..%2f..%2fetc%2fpasswd',
    "1'%20OR%20'1'='1",
    '%24%7Bjndi:ldap%7D',
    '__proto__',
    'constructor',
    '-1',
    'null',
    '%F0%9F%92%A9',
    'a'.repeat(MAX_URL),
    '0198c5e2-7a7e-7000-8000-00000000000g',
    '0198c5e2-7a7e-7000-8000-000000000000%0a',
  ].map((id) => ({
    method,
    what: `the id ${id.slice(0, 40)}`,
    path: path.replace(/\{\w+\}/, id),
  }));
}

function badQueries(
  { method, path, queryFields }: Route,
  ids: Readonly<Record<string, string>>,
): BadRequest[] {
  const [first] = queryFields;
  if (first === undefined) return [];
  const queries = [
    '__proto__=1',
    '__proto__[admin]=1',
    'constructor[prototype][x]=1',
    'nosuch=1',
    'limit=-1',
    'limit=1e9',
    'limit=NaN',
    'limit=',
    'cursor=%00',
    'cursor=e30',
    `cursor=${'A'.repeat(MAX_URL)}`,
    ...queryFields.flatMap((field) => [
      `${field}[]=a&${field}[]=b`,
      `${field}[x]=1`,
      `${field}=1&${field}=2`,
      `${field}=%00`,
    ]),
  ];
  return queries.map((query) => ({
    method,
    what: `the query ${query.slice(0, 40)}`,
    path: `${filled(path, ids)}?${query}`,
  }));
}

/** What is no JSON that can be read. */
function badBodies({ method, path }: Route, ids: Readonly<Record<string, string>>): BadRequest[] {
  const bodies: Omit<BadRequest, 'method' | 'path'>[] = [
    { what: 'half a JSON', headers: json, body: '{"name": ' },
    { what: 'no JSON', headers: json, body: 'name=x' },
    { what: 'a bare text', headers: json, body: '"text"' },
    { what: 'two values', headers: json, body: '{}{}' },
    { what: 'a comment', headers: json, body: '{/* */}' },
    { what: 'NaN', headers: json, body: '{"timeoutMs":NaN}' },
    { what: 'broken UTF-8', headers: json, body: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]) },
    { what: 'UTF-16', headers: json, body: Buffer.from('{}', 'utf16le') },
    {
      what: 'an unknown charset',
      headers: { 'content-type': 'application/json; charset=latin9' },
      body: '{}',
    },
    {
      what: 'an unknown encoding',
      headers: { ...json, 'content-encoding': 'snappy' },
      body: '{}',
    },
    {
      what: 'gzip that is none',
      headers: { ...json, 'content-encoding': 'gzip' },
      body: '{"name":"x"}',
    },
    {
      what: 'a bomb of gzip',
      headers: { ...json, 'content-encoding': 'gzip' },
      body: gzipSync(Buffer.alloc(30_000_000, ' ')),
    },
    { what: 'over 1 MiB', headers: json, body: `{"name":"${'x'.repeat(1_100_000)}"}` },
    ...['text/plain', 'text/html', 'application/xml', 'multipart/form-data; boundary=x', ''].map(
      (type) => ({
        what: `the media type '${type}'`,
        headers: { 'content-type': type },
        body: '{"name":"x"}',
      }),
    ),
    {
      what: 'a form',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'name=x',
    },
  ];
  return bodies.map((body) => ({ method, path: filled(path, ids), ...body }));
}

/** JSON that is not what any route takes. */
function wrongBodies({ method, path }: Route, ids: Readonly<Record<string, string>>): BadRequest[] {
  const bodies: (readonly [string, string])[] = [
    ['a list', '[]'],
    ['a list of objects', '[{"name":"x"}]'],
    ['__proto__', '{"__proto__":{"allowed":true}}'],
    ['constructor', '{"constructor":{"prototype":{"allowed":true}}}'],
    ['prototype', '{"prototype":{}}'],
    ['hasOwnProperty', '{"hasOwnProperty":1}'],
    ['toString', '{"toString":"x"}'],
    ['then', '{"then":1}'],
    ['an empty name', '{"":1}'],
    ['a NUL in a name', '{"a\\u0000":1}'],
    ['a field that is none', '{"isAdmin":true}'],
    ['nested too deep', `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
    ['nested too deep in a config', `{"config":${'{"a":'.repeat(500)}1${'}'.repeat(500)}}`],
    ['fields of every wrong type', JSON.stringify(wrongFields(() => ({ $where: '1' })))],
    ['numbers for all', JSON.stringify(wrongFields(() => 1e308))],
    ['NULs for all', JSON.stringify(wrongFields(() => 'a\0b'))],
    ['lists for all', JSON.stringify(wrongFields(() => [[[]]]))],
    ['operators for all', JSON.stringify(wrongFields(() => ({ $gt: '' })))],
  ];
  return bodies.map(([what, body]) => ({
    method,
    path: filled(path, ids),
    what,
    headers: json,
    body,
  }));
}

const FIELDS = ['name', 'eventTypes', 'reason', 'overlapSeconds', 'eventType', 'config', 'filter'];

function wrongFields(value: () => unknown): Record<string, unknown> {
  return Object.fromEntries(FIELDS.map((field) => [field, value()]));
}

/** Sends it as it is: `fetch` would put paths and headers right first. */
export function sendRaw(origin: string, bad: BadRequest, token: string): Promise<WireAnswer> {
  const { hostname, port } = new URL(origin);
  const { method, path, headers = {}, body } = bad;
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        hostname,
        port,
        method,
        path,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
          ...headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        );
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}
