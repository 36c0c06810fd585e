import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Periodic } from './periodic.js';

describe('periodic work', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const logged: unknown[] = [];
  const logger = Object.assign(new Logger(), { error: (line: unknown) => void logged.push(line) });
  const periodic = (work: () => Promise<void>) =>
    new Periodic({ failure: 'work.failed', everyMs: 1_000, logger, work });

  it('never runs twice at once', async () => {
    let runs = 0;
    let finish: () => void = () => undefined;
    const work = periodic(() => {
      runs++;
      return new Promise((resolve) => (finish = resolve));
    });
    work.start();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(runs).toBe(1);
    finish();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(runs).toBe(2);
    finish();
    await work.stop();
  });

  it('goes on after an error, and logs it', async () => {
    let runs = 0;
    const work = periodic(() => {
      runs++;
      return Promise.reject(new Error('Postgres is away'));
    });
    work.start();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(runs).toBe(2);
    expect(logged).toContainEqual({ event: 'work.failed', reason: 'Postgres is away' });
    await work.stop();
  });

  it('waits for what is under way when it is stopped, and begins no more', async () => {
    let runs = 0;
    let finish: () => void = () => undefined;
    const work = periodic(() => {
      runs++;
      return new Promise((resolve) => (finish = resolve));
    });
    work.start();
    work.now();
    let stopped = false;
    const stop = work.stop().then(() => (stopped = true));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(stopped).toBe(false);
    finish();
    await stop;
    work.now();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(runs).toBe(1);
  });
});
