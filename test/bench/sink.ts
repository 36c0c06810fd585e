import { createServer, type RequestListener } from 'node:http';

/**
 * The receivers, in a process of their own: each POST is answered and counted, but those to `/hang` and
 * `/uncounted`. Where a body carries
 * `"sentAtNs":"…"` (the monotonic clock, which processes share) it also notes how long it was under way.
 */
const MARK = Buffer.from('"sentAtNs":"');

let count = 0;
let target = Infinity;
let latenciesMs: number[] = [];

const receive: RequestListener = (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    if (request.url === '/hang') return;
    const arrived = process.hrtime.bigint();
    const body = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
    const at = body.indexOf(MARK);
    if (at >= 0) {
      const from = at + MARK.length;
      const sentAt = BigInt(body.toString('latin1', from, body.indexOf('"', from)));
      latenciesMs.push(Number(arrived - sentAt) / 1e6);
    }
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': '2' });
    response.end('ok');
    if (request.url !== '/uncounted' && ++count === target) process.send?.({ reached: count });
  });
};

function listen(): Promise<number> {
  const server = createServer(receive);
  server.keepAliveTimeout = 60_000;
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(address && typeof address === 'object' ? address.port : 0);
    });
  });
}

process.send?.({
  ports: await Promise.all(Array.from({ length: Number(process.argv[2]) }, listen)),
});

process.on('message', (message: { expect?: number; report?: true }) => {
  if (message.expect !== undefined) {
    count = 0;
    latenciesMs = [];
    target = message.expect;
    process.send?.({ ready: true });
  }
  if (message.report) process.send?.({ count, latenciesMs });
});
process.on('disconnect', () => process.exit(0));
