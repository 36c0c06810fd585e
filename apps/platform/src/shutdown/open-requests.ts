import type { Server } from 'node:http';
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

/** What a request that is under way may still take. */
const ANSWER_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 50;

/**
 * At a shutdown, requests under way are answered; connections are closed as they fall idle, and what
 * hangs is cut off in the end.
 */
@Injectable()
export class OpenRequests implements BeforeApplicationShutdown {
  constructor(private readonly host: HttpAdapterHost) {}

  /** Just before the server stops listening. */
  beforeApplicationShutdown(): void {
    const server = this.host.httpAdapter.getHttpServer() as Server;
    const look = setInterval(() => server.closeIdleConnections(), LOOK_EVERY_MS);
    const limit = setTimeout(() => server.closeAllConnections(), ANSWER_WITHIN_MS);
    server.once('close', () => {
      clearInterval(look);
      clearTimeout(limit);
    });
  }
}
