import { HttpException, HttpStatus, Inject, Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { AccessDecision } from '../access/integration-access.policy.js';
import { callerAddress } from './caller-address.js';
import { PROTECTION, type ResolvedProtection } from './protection-options.js';

const MINUTE_SECONDS = 60;

/** The caller has to wait. Answered with 429 and `Retry-After`. */
export class TooManyRequestsException extends HttpException {
  readonly retryAfterSeconds: number;

  constructor(msBeforeNext: number) {
    const seconds = Math.max(1, Math.ceil(msBeforeNext / 1_000));
    super(`Too many requests: try again in ${seconds} s.`, HttpStatus.TOO_MANY_REQUESTS);
    this.retryAfterSeconds = seconds;
  }
}

/** Counts what callers ask, each in a window of a minute of their own, in this process. */
@Injectable()
export class RateLimits {
  private readonly callers: RateLimiterMemory | null;
  private readonly strangers: RateLimiterMemory | null;

  constructor(@Inject(PROTECTION) { rateLimit }: ResolvedProtection) {
    this.callers = rateLimit && limiter(rateLimit.requestsPerMinute);
    this.strangers = rateLimit && limiter(rateLimit.strangersPerMinute);
  }

  /**
   * Before the policy is asked: an address that keeps guessing does not get to guess on.
   * @throws TooManyRequestsException
   */
  async refuseGuessing(request: object): Promise<void> {
    const spent = await this.strangers?.get(callerAddress(request));
    if (spent && spent.remainingPoints <= 0) throw new TooManyRequestsException(spent.msBeforeNext);
  }

  /** After the policy has spoken. @throws TooManyRequestsException */
  async count(request: object, decision: AccessDecision): Promise<void> {
    if (!decision.allowed && decision.status === 401) {
      await take(this.strangers, callerAddress(request));
      return;
    }
    await take(this.callers, keyOf(request, decision));
  }
}

function limiter(points: number): RateLimiterMemory {
  return new RateLimiterMemory({ points, duration: MINUTE_SECONDS });
}

/** Two tenants may have an actor of one name. */
function keyOf(request: object, decision: AccessDecision): string {
  if (!decision.allowed || decision.actor === undefined) return `at ${callerAddress(request)}`;
  const { scope, actor } = decision;
  return JSON.stringify([scope === 'all' ? null : scope.tenant, actor]);
}

async function take(limiter: RateLimiterMemory | null, key: string): Promise<void> {
  try {
    await limiter?.consume(key);
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) throw new TooManyRequestsException(refusal.msBeforeNext);
    throw refusal;
  }
}
