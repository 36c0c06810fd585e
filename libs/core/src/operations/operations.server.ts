import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logger, type INestApplicationContext } from '@nestjs/common';
import { IntegrationHealth } from '../integration.health.js';
import { IntegrationMetrics } from '../integration.metrics.js';

export interface OperationsServerOptions {
  /** 0: one that is free. */
  readonly port: number;
  /** Default `127.0.0.1`: it asks nobody who they are, so opening it to a network is a decision. */
  readonly host?: string;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const JSON_TYPE = 'application/json; charset=utf-8';
const MAX_CONNECTIONS = 64;

/**
 * `/health/live`, `/health/ready` and `/metrics` on a port of their own, apart from what the world
 * may reach: for a worker, which has no other port, and for a platform that keeps these inside.
 */
export class OperationsServer {
  private constructor(private readonly server: Server) {}

  static async start(
    app: INestApplicationContext,
    { port, host = '127.0.0.1' }: OperationsServerOptions,
  ): Promise<OperationsServer> {
    const routes = routesOf(app.get(IntegrationHealth), app.get(IntegrationMetrics));
    const server = createServer((request, response) => {
      const path = (request.url ?? '').split('?', 1)[0] ?? '';
      const isRead = request.method === 'GET' || request.method === 'HEAD';
      const route = isRead ? routes[path] : undefined;
      void answer(response, route ?? notFound);
    });
    server.maxConnections = MAX_CONNECTIONS;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        resolve();
      });
    });
    return new OperationsServer(server);
  }

  get port(): number {
    const address = this.server.address();
    return isAddress(address) ? address.port : 0;
  }

  /** Probes are short: what is still open is cut. */
  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

function routesOf(
  health: IntegrationHealth,
  metrics: IntegrationMetrics,
): Readonly<Record<string, () => Promise<Answer>>> {
  return {
    '/health/live': async () => {
      const report = await health.liveness();
      return json(report.live ? 200 : 503, report);
    },
    '/health/ready': async () => {
      const report = await health.readiness();
      return json(report.ready ? 200 : 503, report);
    },
    '/metrics': async () => ({
      status: 200,
      type: metrics.contentType,
      body: await metrics.prometheus(),
    }),
  };
}

function json(status: number, value: unknown): Answer {
  return { status, type: JSON_TYPE, body: `${JSON.stringify(value)}\n` };
}

function notFound(): Promise<Answer> {
  return Promise.resolve(
    json(404, { error: 'there are GET /health/live, /health/ready and /metrics' }),
  );
}

async function answer(response: ServerResponse, route: () => Promise<Answer>): Promise<void> {
  const { status, type, body } = await route().catch(failed);
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}

function failed(error: unknown): Answer {
  const reason = error instanceof Error ? error.message : String(error);
  new Logger('IntegrationModule').error({ event: 'operations.failed', reason });
  return json(500, { error: 'the log says why' });
}

function isAddress(address: string | AddressInfo | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}
