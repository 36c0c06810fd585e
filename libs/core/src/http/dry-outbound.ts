import { OutboundAnswer } from './outbound-answer.js';
import type { OutboundHttp } from './outbound-http.js';
import { OutboundHttpError, type OutboundRequest } from './outbound-http.types.js';
import type { CallInFlight } from './outbound.call.js';

/** Passes for the answers of many services: whoever reads on finds an id, a key, a token. */
const ANSWER = {
  ok: true,
  id: 'dry-run',
  key: 'DRY-1',
  access_token: 'dry-run',
  token_type: 'Bearer',
  expires_in: 3_600,
};

/** Outbound HTTP that sends nothing: what may be sent is answered with 200, the rest is refused as ever. */
export class DryOutbound implements Pick<OutboundHttp, 'begin'> {
  constructor(private readonly http: Pick<OutboundHttp, 'refusalOf'>) {}

  begin(request: OutboundRequest): CallInFlight {
    const refusal = this.http.refusalOf(request);
    const timings = { totalMs: 0 };
    const response = refusal
      ? Promise.reject(new OutboundHttpError(refusal.code, refusal.message, timings))
      : Promise.resolve(
          new OutboundAnswer({
            status: 200,
            headers: { 'content-type': 'application/json' },
            body: Buffer.from(JSON.stringify(ANSWER)),
            truncated: false,
            timings,
          }),
        );
    return { response, abort: () => undefined };
  }
}
