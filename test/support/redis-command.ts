import { createConnection } from 'node:net';

/**
 * One command, as an operator would type it. Resolves with Redis's answer.
 * @throws Error with Redis's own words where it refuses
 */
export function redisCommand(url: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(Number(new URL(url).port), '127.0.0.1', () =>
      socket.write(`${command}\r\n`),
    );
    socket.once('error', reject);
    socket.once('data', (data) => {
      socket.destroy();
      const answer = data.toString();
      if (answer.startsWith('-')) reject(new Error(`${command}: ${answer.trim()}`));
      else resolve(answer);
    });
  });
}
