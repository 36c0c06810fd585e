import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { OpenAccessPolicy } from './open-access.policy.js';

describe('a policy that lets everyone in', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  it.each(['production', 'staging', ''])('stops the start where NODE_ENV is %j', (environment) => {
    vi.stubEnv('NODE_ENV', environment);
    expect(() => new OpenAccessPolicy().onModuleInit()).toThrow(/the start is refused/);
  });

  it('says on a developer’s machine that everyone is let in', () => {
    vi.stubEnv('NODE_ENV', 'development');
    const warned = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    new OpenAccessPolicy().onModuleInit();
    expect(warned).toHaveBeenCalledWith(expect.stringContaining('open to everyone'));
  });
});
