import { afterAll, describe, expect, it } from 'vitest';
import { Sandbox } from './sandbox.js';
import type { SandboxCall, SandboxResult } from './sandbox.types.js';

const sandbox = new Sandbox();
afterAll(() => sandbox.close());

const event = { id: 'evt_1', payload: { title: 'Down', list: [1, 2] } };

/** For what is not about time: enough on a machine that does much else. */
const AMPLE_MS = 5_000;

function run(source: string, call: Partial<SandboxCall> = {}): Promise<SandboxResult> {
  return sandbox.run({
    source,
    argumentJson: JSON.stringify(event),
    now: 1_760_000_000_000,
    cpuMs: AMPLE_MS,
    ...call,
  });
}

async function returned(source: string, call: Partial<SandboxCall> = {}): Promise<unknown> {
  const result = await run(source, call);
  if (!result.ok) throw new Error(result.reason);
  return result.json === null ? null : (JSON.parse(result.json) as unknown);
}

describe('a function in the sandbox', () => {
  it('gets the event and returns a body', async () => {
    expect(await returned('(event) => ({ text: event.payload.title.toUpperCase() })')).toEqual({
      text: 'DOWN',
    });
  });

  it.each(['(event) => null', '(event) => {}', '() => undefined'])(
    'may return nothing: %s',
    async (source) => {
      expect(await returned(source)).toBeNull();
    },
  );

  it('may be async', async () => {
    expect(await returned('async (e) => { await null; return e.id; }')).toBe('evt_1');
  });

  it('has a console, which is captured', async () => {
    const result = await run(
      '(e) => { console.log("a", e.payload.list, 1); console.error(new Error("b")); }',
    );
    expect(result.console).toEqual(['a [1,2] 1', 'Error: b']);
  });

  it('gives the same for the same: its clock and its dice stand still', async () => {
    const source = '() => [Date.now(), new Date().toISOString(), Math.random()]';
    const first = await returned(source);
    expect(first).toEqual([1_760_000_000_000, '2025-10-09T08:53:20.000Z', expect.any(Number)]);
    expect(await returned(source)).toEqual(first);
  });

  it('has nothing of the host', async () => {
    const names = ['process', 'require', 'fetch', 'setTimeout', 'WebAssembly', 'Buffer', 'send'];
    expect(
      await returned(
        `() => ${JSON.stringify(names)}.filter((n) => typeof globalThis[n] !== 'undefined')`,
      ),
    ).toEqual([]);
    const escape =
      '() => { try { return (0, eval)("import(\'fs\')").constructor.constructor("return process")() } catch (e) { return String(e) } }';
    expect(JSON.stringify(await returned(escape))).toMatch(/process.*not defined/);
  });

  it('leaves nothing behind for the next one', async () => {
    await run('() => { globalThis.left = 1; Array.prototype.map = null; }');
    expect(await returned('() => [typeof left, [1].map((x) => x)]')).toEqual(['undefined', [1]]);
  });
});

describe('a source', () => {
  it('is judged without being called', async () => {
    expect(await sandbox.problem('() => { throw new Error("called") }')).toBeNull();
    expect(await sandbox.problem('(event) => {\n\n  return 1 +;\n}')).toMatch(
      /^SyntaxError: .* \(line 3\)$/,
    );
    expect(await sandbox.problem('42')).toMatch(/must be a function/);
  });

  it('that is at fault is told apart from one that was only slow, or stopped with the sandbox', async () => {
    expect(await run('() => {')).toMatchObject({ fault: 'source' });
    expect(await run('42')).toMatchObject({ fault: 'source' });
    expect(await run('() => { throw 1 }')).toMatchObject({ fault: 'script' });
    expect(await run('() => JSON.parse("<html>")')).toMatchObject({ fault: 'script' });
    expect(await run('() => { while (true) {} }', { cpuMs: 100 })).toMatchObject({ fault: 'time' });
    const closed = new Sandbox();
    const hanging = closed.run({
      source: '() => fetch("https://slow.example")',
      argumentJson: 'null',
      now: 0,
      fetch: () => new Promise(() => {}),
    });
    await closed.close();
    expect(await hanging).toMatchObject({ ok: false, fault: 'sandbox' });
  });
});

describe('an error of a function', () => {
  it.each([
    [
      '(e) => {\n  return e.x.y;\n}',
      /^TypeError: cannot read property 'y' of undefined \(line 2\)$/,
    ],
    ['(e) => {\n  return 1 +;\n}', /^SyntaxError: .* \(line 2\)$/],
    ['(e) => { throw "no" }', /^The script threw no$/],
    ['async () => {\n\n throw new Error("later") }', /^Error: later \(line 3\)$/],
    ['42', /^The script must be a function/],
    ['() => new Promise(() => {})', /^The script waits for what never comes$/],
  ])('has a reason with its line: %s', async (source, reason) => {
    expect(await run(source)).toMatchObject({ ok: false, reason: expect.stringMatching(reason) });
  });

  it.each([
    ['() => { const a = {}; a.a = a; return a }', /^TypeError: circular/],
    ['() => 10n', /^TypeError: .*[bB]ig[iI]nt/],
    ['async () => ({ toJSON() { throw new Error("no") } })', /^Error: no/],
    ['() => { throw { code: 5 } }', /^The script threw \{"code":5\}$/],
    ['() => { throw { name: { toString: 1, valueOf: 1 }, message: "m" } }', /^\?: m$/],
    ['() => { throw Promise.resolve(1) }', /^The script threw \{\}$/],
    ['() => { throw { get message() { throw 1 } } }', /\?/],
    ['() => { throw new Proxy({}, { has() { throw 1 } }) }', /can’t be told/],
    ['() => { throw new Error("x".repeat(1e6)) }', /^Error: x{1,2000} \(line 1\)$/],
  ])('is that of the script, whatever it is, and harms no other: %s', async (source, reason) => {
    const other = run('async () => { await fetch("https://slow.example"); return 1 }', {
      fetch: async () => {
        await failed;
        return { status: 200, headers: {}, body: '' };
      },
    });
    const failed = run(source);
    expect(await failed).toMatchObject({
      ok: false,
      fault: 'script',
      reason: expect.stringMatching(reason),
    });
    expect(await other).toMatchObject({ ok: true, json: '1' });
  });
});

describe('the result of a function', () => {
  it.each([
    '() => { JSON.stringify = () => "{"; return { a: 1 } }',
    '() => { globalThis.JSON = null; return { a: 1 } }',
    '(JSON.stringify = () => 1, () => ({ a: 1 }))',
  ])('is JSON, whatever was put in its place: %s', async (source) => {
    expect(await returned(source)).toEqual({ a: 1 });
  });
});

describe('fetch in the sandbox', () => {
  it('is what the call gives, several at once', async () => {
    const source = `async (e) => {
      const [a, b] = await Promise.all([
        fetch('https://a.example/x', { method: 'post', headers: { 'x-n': 1 }, body: 'hi' }),
        fetch('https://b.example/'),
      ]);
      return [a.status, a.ok, a.headers.get('X-Got'), await a.json(), await b.text()];
    }`;
    const seen: unknown[] = [];
    const got = await returned(source, {
      fetch: (request) => {
        seen.push(request);
        return Promise.resolve({ status: 201, headers: { 'x-got': 'yes' }, body: '{"ok":true}' });
      },
    });
    expect(got).toEqual([201, true, 'yes', { ok: true }, '{"ok":true}']);
    expect(seen).toEqual([
      { url: 'https://a.example/x', method: 'POST', headers: { 'x-n': '1' }, body: 'hi' },
      { url: 'https://b.example/', method: 'GET', headers: {}, body: null },
    ]);
  });

  it('sends texts alone, whatever the function made of what it works with', async () => {
    const seen: unknown[] = [];
    const fetch = (request: unknown) => {
      seen.push(request);
      return Promise.resolve({ status: 200, headers: {}, body: '' });
    };
    const source = `async () => {
      Object.fromEntries = () => ({ 'x-a': { b: 1 } });
      try { await fetch('https://a.example/', { headers: { a: 1 } }) } catch (e) { return e.message }
    }`;
    expect(await returned(source, { fetch })).toMatch(/fetch takes/);
    expect(seen).toEqual([]);
  });

  it('throws in the function where it is refused', async () => {
    const source =
      'async () => { try { await fetch("http://169.254.169.254/") } catch (e) { return String(e) } }';
    const fetch = () => Promise.reject(new Error('blocked: link-local'));
    expect(await returned(source, { fetch })).toBe('TypeError: blocked: link-local');
  });

  it('that hangs ends with the time of the call, and others go on meanwhile', async () => {
    const hanging = run('async () => { await fetch("https://slow.example") }', {
      fetch: () => new Promise(() => {}),
      timeoutMs: 300,
    });
    expect(await returned('() => 1')).toBe(1);
    expect(await hanging).toMatchObject({ ok: false, reason: 'The script took more than 300 ms' });
  });
});

describe('the bounds of the sandbox', () => {
  it.each([
    ['an endless loop', '() => { while (true) {} }'],
    ['an endless loop of promises', 'async () => { while (true) await null }'],
    ['a slow expression', '() => /(a+)+$/.test("a".repeat(40) + "b")'],
  ])('stop %s by its processor time, and the next function runs', async (_what, source) => {
    expect(await run(source, { cpuMs: 100 })).toMatchObject({
      ok: false,
      reason: 'The script used more than 100 ms of processor time',
    });
    expect(await returned('() => 1')).toBe(1);
  });

  it.each([
    ['a large text', '() => "a".repeat(1e9)', /more than 8 MiB of memory/],
    ['endless recursion', '() => { const f = () => f() + 1; return f(); }', /stack overflow/],
    ['a large result', '() => "a".repeat(2e6)', /more than 1048576 characters/],
    ['nesting', '() => JSON.parse("[".repeat(1e6))', /.+/],
  ])('hold against %s, and the next function runs', async (_what, source, reason) => {
    expect(await run(source)).toMatchObject({ ok: false, reason: expect.stringMatching(reason) });
    expect(await returned('() => 1')).toBe(1);
  });

  it('stop a function wherever it is when its time is over, and take down no other', async () => {
    const other = run('async () => { await fetch("https://slow.example") }', {
      fetch: () => new Promise(() => {}),
      timeoutMs: 3_000,
    });
    const source = 'async (e) => { console.log(e.id); for (let i = 0; i < 500; i++) await e; }';
    for (let cpuMs = 0; cpuMs < 3; cpuMs += 0.05) {
      const fetch = () => Promise.reject(new Error('no'));
      const result = await run(source, { cpuMs, fetch });
      if (!result.ok) expect(result).toMatchObject({ fault: 'time' });
    }
    expect(await other).toMatchObject({ reason: 'The script took more than 3000 ms' });
  });

  it('hold against memory bit by bit, which heeds no interrupt, and the next function runs', async () => {
    const source = '() => { const a = []; while (true) a.push("x".repeat(1e6) + a.length); }';
    expect(await run(source, { cpuMs: 100 })).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/memory|processor time|stopped in time/),
    });
    expect(await returned('() => 1')).toBe(1);
  });

  it('let 32 wait for their fetches at a time, as each holds memory: the others begin after them', async () => {
    let arrived = 0;
    let open: () => void;
    const opened = new Promise<void>((resolve) => (open = resolve));
    const fetch = async () => {
      if (++arrived === 32) open();
      await opened;
      return { status: 200, headers: {}, body: '' };
    };
    const source = 'async () => (await fetch("https://slow.example")).status';
    const runs = Array.from({ length: 64 }, () => run(source, { fetch, cpuMs: 1_000 }));
    await Promise.race(runs);
    expect(arrived).toBe(32);
    const results = await Promise.all(runs);
    expect(results.every(({ ok }) => ok)).toBe(true);
    expect(arrived).toBe(64);
  });

  it('keep the process’s own event loop free', async () => {
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    await run('() => { while (true) {} }', { cpuMs: 2_000 });
    clearInterval(timer);
    // Were the loop in this thread, it would be all of its time.
    expect(longest).toBeLessThan(1_500);
  });
});
