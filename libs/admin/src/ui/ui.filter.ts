import {
  Catch,
  HttpException,
  Inject,
  Injectable,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ProblemFilter } from '../problems/problem.filter.js';
import { noticePage, type Notice } from './ui-page.js';
import { UI_OPTIONS, type UiOptions } from './ui-options.js';

const TITLES: Readonly<Record<number, string>> = {
  401: 'Sign in first',
  403: 'No access',
  404: 'Not found',
  429: 'Too many requests',
  503: 'Not built yet',
};

/** Whoever asks for a page and may not have it reads why, and where to go, instead of JSON. */
@Catch(HttpException)
@Injectable()
export class UiFilter implements ExceptionFilter<HttpException> {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly problems: ProblemFilter,
    @Inject(UI_OPTIONS) private readonly options: UiOptions,
  ) {}

  catch(error: HttpException, host: ArgumentsHost): void {
    const status = error.getStatus();
    const title = TITLES[status];
    if (title === undefined) {
      this.problems.catch(error, host);
      return;
    }
    const http = host.switchToHttp();
    const { originalUrl, url } = http.getRequest<{ originalUrl?: string; url: string }>();
    const adapter = this.host.httpAdapter;
    const response = http.getResponse<object>();
    const link = status === 401 ? this.signInLink(originalUrl ?? url) : null;
    const { html, headers } = noticePage({ title, text: error.message, link });
    for (const [name, value] of headers) adapter.setHeader(response, name, value);
    adapter.reply(response, html, status);
  }

  private signInLink(wanted: string): Notice['link'] {
    const { signIn } = this.options;
    if (signIn === undefined) return null;
    const separator = signIn.includes('?') ? '&' : '?';
    return { text: 'Sign in', to: `${signIn}${separator}return=${encodeURIComponent(wanted)}` };
  }
}
