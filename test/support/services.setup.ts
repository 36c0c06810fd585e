import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@nest-integrations/embedded';
import type { TestProject } from 'vitest/node';
import { ensureRedis, type TestRedis } from './redis.js';

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string;
    redisUrl: string;
  }
}

interface Services {
  readonly postgres: EmbeddedPostgres;
  readonly redis: TestRedis;
  readonly dataDir: string;
}

/** One Postgres and one Redis for the whole run, whichever projects ask for them. */
let services: Promise<Services> | null = null;
let users = 0;

async function start(): Promise<Services> {
  const redis = await ensureRedis();
  const dataDir = await mkdtemp(join(tmpdir(), 'nest-integrations-test-'));
  try {
    return { postgres: await startEmbeddedPostgres({ dataDir }), redis, dataDir };
  } catch (error) {
    await redis.stop();
    await rm(dataDir, { recursive: true, force: true });
    throw error;
  }
}

export async function setup(project: TestProject): Promise<void> {
  users++;
  services ??= start();
  const { postgres, redis } = await services;
  project.provide('postgresUrl', postgres.url);
  project.provide('redisUrl', redis.url);
}

export async function teardown(): Promise<void> {
  if (--users > 0 || !services) return;
  const { postgres, redis, dataDir } = await services;
  services = null;
  await postgres.stop();
  await redis.stop();
  await rm(dataDir, { recursive: true, force: true });
}
