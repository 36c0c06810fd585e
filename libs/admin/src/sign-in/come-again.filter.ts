import { Catch, UnauthorizedException, type ArgumentsHost } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ProblemFilter } from '../problems/problem.filter.js';
import type { AddressedRequest } from './callback-address.js';
import { comeAgainPage } from './sign-in.page.js';

/** Of a page, which may move on; it still loads and embeds nothing. */
const PAGE_POLICY = "default-src 'none'; frame-ancestors 'none'";

/**
 * A browser that comes from the authorization server leaves `SameSite=Strict` cookies out, and so looks
 * like a stranger: it is asked to come once more, from here.
 */
@Catch()
export class ComeAgainFilter extends ProblemFilter {
  constructor(private readonly adapters: HttpAdapterHost) {
    super(adapters);
  }

  override catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const { headers, originalUrl } = http.getRequest<AddressedRequest>();
    if (!(error instanceof UnauthorizedException) || headers['sec-fetch-site'] !== 'cross-site') {
      super.catch(error, host);
      return;
    }
    const { httpAdapter } = this.adapters;
    const response = http.getResponse<object>();
    httpAdapter.setHeader(response, 'Content-Type', 'text/html; charset=utf-8');
    httpAdapter.setHeader(response, 'Content-Security-Policy', PAGE_POLICY);
    httpAdapter.setHeader(response, 'Refresh', `0; url=${originalUrl}`);
    httpAdapter.reply(response, comeAgainPage(), 200);
  }
}
