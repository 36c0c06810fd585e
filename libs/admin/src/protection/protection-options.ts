export interface RateLimitOptions {
  /** Of one caller: of an actor, where the policy names one, else of an address. Default 3 000. */
  readonly requestsPerMinute?: number;
  /** Of one address whose requests the policy answers with 401. Default 100. */
  readonly strangersPerMinute?: number;
}

export interface ProtectionOptions {
  /** How much one caller may ask, in this process. False: the host, or what stands before it, limits. */
  readonly rateLimit?: RateLimitOptions | false;
  /** Other origins whose pages may change things: `['https://ops.example.com']`. Default none. */
  readonly trustedOrigins?: readonly string[];
}

export interface ResolvedProtection {
  readonly rateLimit: Required<RateLimitOptions> | null;
  readonly trustedOrigins: readonly string[];
}

export const PROTECTION = 'nest-integrations:admin-protection';

/** @throws TypeError naming the option that is wrong */
export function resolveProtection({
  rateLimit = {},
  trustedOrigins = [],
}: ProtectionOptions): ResolvedProtection {
  for (const origin of trustedOrigins) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw new TypeError(
        `IntegrationAdminModule: trustedOrigins must be origins, like 'https://ops.example.com' (got '${origin}')`,
      );
    }
  }
  return { rateLimit: rateLimit === false ? null : resolveRateLimit(rateLimit), trustedOrigins };
}

function resolveRateLimit({
  requestsPerMinute = 3_000,
  strangersPerMinute = 100,
}: RateLimitOptions): Required<RateLimitOptions> {
  for (const [name, value] of Object.entries({ requestsPerMinute, strangersPerMinute })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new TypeError(
        `IntegrationAdminModule: rateLimit.${name} must be a whole number, 1 or more (got ${value}); false turns limits off`,
      );
    }
  }
  return { requestsPerMinute, strangersPerMinute };
}
