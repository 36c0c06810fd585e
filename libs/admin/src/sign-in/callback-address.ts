import { Inject, Injectable } from '@nestjs/common';
import { PUBLIC_URL } from '../integration-admin-options.js';

/** What of a request says where the API is reached; the same on Express and on Fastify. */
export interface AddressedRequest {
  readonly protocol: string;
  readonly originalUrl: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

const SIGN_IN = /\/connections\/[^/?]+\/authorize(\?.*)?$/;

/** Where browsers come back to from an authorization server. */
@Injectable()
export class CallbackAddress {
  constructor(@Inject(PUBLIC_URL) private readonly publicUrl: string | null) {}

  /** Seen from the request that begins a sign-in: below whatever prefix the host has. */
  from({ protocol, originalUrl, headers }: AddressedRequest): string {
    const origin = this.publicUrl ?? `${protocol}://${String(headers['host'])}`;
    return origin + originalUrl.replace(SIGN_IN, '/connections/oauth/callback');
  }
}
