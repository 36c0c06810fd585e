import { Injectable } from '@nestjs/common';
import { Notifications } from '../../persistence/notifications.js';
import type { Execute } from '../event.store.js';
import type { Line } from './gate.rows.js';

const PREFIX = 'gate:';
/** A notification holds 8,000 bytes. */
const MAX_BYTES = 7_000;

/** Tells the workers of all processes that something has come to gates, at the commit. */
@Injectable()
export class GateNotices {
  constructor(private readonly notifications: Notifications) {}

  /** In the transaction of `execute`, if it is in one. */
  async send(execute: Execute, lines: readonly Line[]): Promise<void> {
    for (const message of messagesOf(lines)) {
      await execute({ name: 'gate.notify', text: 'SELECT pg_notify($1, $2)' }, [
        this.notifications.channel,
        PREFIX + message,
      ]);
    }
  }

  onLines(listener: (lines: readonly Line[]) => void): void {
    this.notifications.onMessage((message) => {
      if (message.startsWith(PREFIX)) listener(linesOf(message.slice(PREFIX.length)));
    });
  }
}

/** Tuples of JSON, a line each: a text may hold anything but a line feed. */
function messagesOf(lines: readonly Line[]): string[] {
  const tuples = new Set(
    lines.map(({ subscriptionId, orderKey }) => JSON.stringify([subscriptionId, orderKey])),
  );
  const messages: string[] = [];
  let message = '';
  for (const tuple of tuples) {
    if (Buffer.byteLength(message) + Buffer.byteLength(tuple) > MAX_BYTES) {
      messages.push(message);
      message = '';
    }
    message += message === '' ? tuple : `\n${tuple}`;
  }
  return message === '' ? messages : [...messages, message];
}

function linesOf(message: string): Line[] {
  return message.split('\n').flatMap((text) => {
    const tuple: unknown = JSON.parse(text);
    if (!Array.isArray(tuple)) return [];
    const [subscriptionId, orderKey] = tuple as unknown[];
    if (typeof subscriptionId !== 'string') return [];
    return [{ subscriptionId, orderKey: typeof orderKey === 'string' ? orderKey : null }];
  });
}
