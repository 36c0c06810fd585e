import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveClient } from './live-client.js';

describe('a live client', () => {
  let server: Server;
  let reader: Socket;
  let response: ServerResponse;
  let client: LiveClient;

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    reader = connect((server.address() as AddressInfo).port, '127.0.0.1');
    reader.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    response = await new Promise((resolve) => {
      server.once('request', (_, answer: ServerResponse) => resolve(answer));
    });
    client = new LiveClient(response, 'all', ({ sequence }) => `epoch:${sequence}`);
  });
  afterEach(async () => {
    vi.useRealTimers();
    reader.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const read = async (): Promise<string> => {
    const [chunk] = await once(reader, 'data');
    return String(chunk);
  };
  const tell = (sequence: number, id: string) =>
    client.tell({
      sequence,
      tenant: null,
      change: { type: 'subscription', id, at: '2026-01-31T12:00:00Z', change: 'changed' },
    });

  it('hears of one thing once, as it is at last, and of nothing when nothing happens', async () => {
    tell(1, 'a');
    tell(2, 'b');
    tell(3, 'a');
    client.turn('epoch:3');
    expect(await read()).toContain('event: subscription\nid: epoch:2\ndata: {"id":"b"');
    client.turn('epoch:3');
    expect(await read()).toContain('id: epoch:3\ndata: {"id":"a"');
    client.turn('epoch:3');
    client.beat();
    expect(await read()).toContain('\n:\n\n');
  });

  it('that does not read is told no more, and is let go of after half a minute', async () => {
    reader.pause();
    for (let sequence = 1; !(await isStuck()); sequence++) {
      tell(sequence, 'x'.repeat(200_000) + sequence);
      client.turn('');
    }
    const held = response.writableLength;
    tell(1_000, 'one more');
    client.turn('');
    client.beat();
    expect(response.writableLength).toBe(held);
    expect(response.destroyed).toBe(false);

    vi.advanceTimersByTime(30_001);
    client.turn('');
    expect(response.destroyed).toBe(true);
  });

  it('comes back after ten minutes, so that its rights are asked for again', async () => {
    vi.advanceTimersByTime(10 * 60_000 + 1);
    client.turn('');
    expect(response.writableEnded).toBe(true);
  });

  /** The kernel takes no more: what is written stays where it is for some turns of the loop. */
  async function isStuck(): Promise<boolean> {
    for (let turn = 0; turn < 20; turn++) {
      await nextTurn();
      if (!response.writableNeedDrain) return false;
    }
    return true;
  }
});
