/**
 * What a function in the sandbox finds beside the language itself: a `console` that is captured, a
 * `Date` that stands still, a `Math.random` that repeats itself, and maybe `fetch`. Run inside. It
 * returns what the host works with: taken before the function could put something else in its place.
 */
export const PRELUDE = String.raw`(now, log, send) => {
  const { stringify, parse } = JSON;
  const text = String;
  const print = (value) => {
    if (typeof value === 'string') return value;
    if (value instanceof Error) return text(value);
    try { return stringify(value) ?? text(value); } catch { return text(value); }
  };
  /** Name, message and stack, parted by \x01; of what is no error, its text. */
  const tell = (thrown) => {
    if (typeof thrown !== 'object' || thrown === null || !('message' in thrown)) {
      return print(thrown);
    }
    const part = (name) => {
      try { return text(thrown[name]); } catch { return '?'; }
    };
    return part('name') + '\x01' + part('message') + '\x01' + part('stack');
  };

  const line = (...values) => { log(values.map(print).join(' ')); };
  globalThis.console = { log: line, info: line, warn: line, error: line, debug: line };

  const Clock = Date;
  globalThis.Date = class Date extends Clock {
    constructor(...given) { if (given.length === 0) super(now); else super(...given); }
    static now() { return now; }
  };
  let state = now >>> 0;
  Math.random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };

  const tools = [parse, stringify, tell];
  if (!send) return tools;
  globalThis.fetch = async (url, init = {}) => {
    const headers = Object.fromEntries(
      Object.entries(init.headers ?? {}).map(([name, value]) => [name, String(value)]),
    );
    const request = {
      url: String(url),
      method: String(init.method ?? 'GET').toUpperCase(),
      headers,
      body: init.body === undefined || init.body === null ? null : String(init.body),
    };
    const answer = parse(await send(stringify(request)));
    if (answer.error !== undefined) throw new TypeError(answer.error);
    const { status, body } = answer;
    return {
      status,
      ok: status >= 200 && status < 300,
      headers: { get: (name) => answer.headers[String(name).toLowerCase()] ?? null },
      text: async () => body,
      json: async () => parse(body),
    };
  };
  return tools;
}`;
