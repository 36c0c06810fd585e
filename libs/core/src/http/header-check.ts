/** Names of headers that are the connection's own business, or that could forge a request. */
const FORBIDDEN = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'keep-alive',
  'expect',
  'http2-settings',
]);
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/i;
const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/;

/** Names seen before, with their verdict: the same few come with every call. Bounded. */
const seen = new Map<string, string | null>();
const MAX_SEEN = 1_000;

/**
 * What is wrong with a header, or `null`. The message never repeats the value: it may be a secret.
 */
export function headerProblem(name: string, value: unknown): string | null {
  const known = seen.get(name);
  const problem = known === undefined ? remembered(name) : known;
  if (problem !== null) return problem;
  if (typeof value !== 'string') return `the value of header '${name}' is no string`;
  return UNSENDABLE.test(value)
    ? `the value of header '${name}' holds a character that can't be sent, like a line break`
    : null;
}

function remembered(name: string): string | null {
  const problem = nameProblem(name);
  if (seen.size >= MAX_SEEN) seen.clear();
  seen.set(name, problem);
  return problem;
}

function nameProblem(name: string): string | null {
  if (!TOKEN.test(name)) return `${JSON.stringify(name)} is no name of a header`;
  const lower = name.toLowerCase();
  return FORBIDDEN.has(lower) || lower.startsWith('proxy-')
    ? `header '${name}' can't be set: it is the connection's own`
    : null;
}
