import type { Provider } from '@nestjs/common';
import { PROTECTION, resolveProtection, type ProtectionOptions } from './protection-options.js';
import { RateLimits } from './rate-limits.js';

/** What the guards of every admin controller ask for. @throws TypeError where an option is wrong */
export function protectionProviders(options: ProtectionOptions = {}): Provider[] {
  return [{ provide: PROTECTION, useValue: resolveProtection(options) }, RateLimits];
}
