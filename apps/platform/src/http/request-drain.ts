import type { Server } from 'node:http';
import type { NextFunction, Request, Response } from 'express';

const LOOK_EVERY_MS = 50;

/** Lets requests under way at a shutdown be answered: a POST that was cut leaves its sender in doubt. */
export class RequestDrain {
  private draining = false;

  /** Of a server that is about to close, no connection is used again. */
  readonly middleware = (_request: Request, response: Response, next: NextFunction): void => {
    if (this.draining) response.setHeader('connection', 'close');
    next();
  };

  /**
   * Runs `close`, which stops the server and waits for its connections; what is still open
   * `graceMs` after it stopped listening is cut.
   */
  async closing(server: Server, graceMs: number, close: () => Promise<void>): Promise<void> {
    this.draining = true;
    let stoppedAt: number | null = null;
    const look = setInterval(() => {
      if (server.listening) return;
      stoppedAt ??= performance.now();
      // Kept alive by an answer from before, an idle one would hold the server for seconds.
      if (performance.now() - stoppedAt < graceMs) server.closeIdleConnections();
      else server.closeAllConnections();
    }, LOOK_EVERY_MS);
    try {
      await close();
    } finally {
      clearInterval(look);
    }
  }
}
