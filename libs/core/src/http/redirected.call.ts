import type { CallInFlight } from './outbound.call.js';
import {
  OutboundHttpError,
  type OutboundRequest,
  type OutboundResponse,
} from './outbound-http.types.js';
import { isRedirect, redirected } from './redirect.js';

/** A call that follows redirects; each hop is checked like a first one, all within one deadline. */
export class RedirectedCall implements CallInFlight {
  readonly response: Promise<OutboundResponse>;
  private readonly startedAt = performance.now();
  private hop: CallInFlight | null = null;

  /** `begin` makes one hop, and follows nothing. */
  constructor(
    private readonly request: OutboundRequest & { readonly timeoutMs: number },
    private readonly begin: (request: OutboundRequest) => CallInFlight,
  ) {
    this.response = this.follow();
  }

  abort(reason: string): void {
    this.hop?.abort(reason);
  }

  /** The redirect itself is the answer where no more may be followed. */
  private async follow(): Promise<OutboundResponse> {
    let request: OutboundRequest = this.request;
    for (let left = this.request.maxRedirects ?? 0; ; left--) {
      this.hop = this.begin({ ...request, timeoutMs: this.remainingMs() });
      const response = await this.hop.response;
      if (left === 0 || !isRedirect(response)) return response;
      const next = redirected(request, response);
      if (!next) throw wrongLocation(request, response);
      request = next;
    }
  }

  private remainingMs(): number {
    return Math.max(0, this.request.timeoutMs - (performance.now() - this.startedAt));
  }
}

function wrongLocation(request: OutboundRequest, { timings }: OutboundResponse): OutboundHttpError {
  const { origin } = new URL(request.url);
  return new OutboundHttpError(
    'protocol',
    `${origin}: it redirects to no URL, or from https: to http:`,
    timings,
  );
}
