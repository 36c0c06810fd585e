import { afterEach, describe, expect, it, vi } from 'vitest';
import { ClientPool } from './client.pool.js';

class Client {
  isClosed = false;
}

const close = (client: Client): void => void (client.isClosed = true);
const open = async (): Promise<Client> => new Client();
const itself = async (client: Client): Promise<Client> => client;

describe('the pool of clients', () => {
  afterEach(() => vi.useRealTimers());

  it('lends one client to all who want that of a key at the same time', async () => {
    const pool = new ClientPool<object, Client>({ close });
    const key = {};
    const opened = vi.fn(open);
    const [first, second] = await Promise.all([
      pool.use(key, opened, itself),
      pool.use(key, opened, itself),
    ]);
    expect(first).toBe(second);
    expect(opened).toHaveBeenCalledTimes(1);
    expect(await pool.use({}, open, itself)).not.toBe(first);
  });

  it('closes a client that nobody has used for a while, and none in use', async () => {
    vi.useFakeTimers();
    const pool = new ClientPool<object, Client>({ close, idleMs: 1_000 });
    const key = {};
    await pool.use(key, open, async (client) => {
      await vi.advanceTimersByTimeAsync(5_000);
      expect(client.isClosed).toBe(false);
    });
    const client = await pool.use(key, open, itself);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(client.isClosed).toBe(true);
    expect(pool.size).toBe(0);
  });

  it('makes room by closing the one unused for longest, when its users are done', async () => {
    const pool = new ClientPool<object, Client>({ close, max: 2 });
    const [a, b, c] = [{}, {}, {}];
    const kept = await pool.use(b, open, itself);
    await pool.use(a, open, async (oldest) => {
      await pool.use(b, open, itself);
      await pool.use(c, open, itself);
      expect(oldest.isClosed).toBe(false);
      expect(pool.size).toBe(2);
    });
    expect(await pool.use(b, open, itself)).toBe(kept);
    expect(kept.isClosed).toBe(false);
  });

  it('opens another in place of one that was given up or could not be opened', async () => {
    const pool = new ClientPool<object, Client>({ close });
    const key = {};
    const failing = () => Promise.reject(new Error('refused'));
    await expect(pool.use(key, failing, itself)).rejects.toThrow('refused');
    const first = await pool.use(key, open, itself);
    pool.discard(key, first);
    const second = await pool.use(key, open, itself);
    expect(second).not.toBe(first);
    pool.discard(key, first);
    expect(await pool.use(key, open, itself)).toBe(second);
  });

  it('does not wait for a client that never says it is closed', async () => {
    const pool = new ClientPool<object, Client>({ close: () => new Promise(() => undefined) });
    await pool.use({}, open, itself);
    const closed = pool.close();
    await closed;
    expect(pool.size).toBe(0);
  });

  it('closes all at the end, one that does not close well among them', async () => {
    const closed = vi.fn(() => Promise.reject(new Error('no')));
    const pool = new ClientPool<object, Client>({ close: closed });
    await pool.use({}, open, itself);
    await pool.use({}, open, async () => pool.close());
    expect(closed).toHaveBeenCalledTimes(2);
    expect(pool.size).toBe(0);
  });
});
