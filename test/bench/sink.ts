import { createServer } from 'node:http';

/**
 * The receiver, in a process of its own: answers every POST and counts it. Where a body carries
 * `"sentAtNs":"…"` (the monotonic clock, which processes share) it also notes how long it was under way.
 */
const MARK = Buffer.from('"sentAtNs":"');

let count = 0;
let target = Infinity;
let latenciesMs: number[] = [];

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
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
    if (++count === target) process.send?.({ reached: count });
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address && typeof address === 'object') process.send?.({ port: address.port });
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
