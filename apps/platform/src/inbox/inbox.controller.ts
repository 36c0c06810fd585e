import {
  Controller,
  Get,
  Header,
  HttpCode,
  Post,
  Redirect,
  Req,
  Sse,
  UnauthorizedException,
  type MessageEvent,
  type RawBodyRequest,
} from '@nestjs/common';
import type { Request } from 'express';
import { map, type Observable } from 'rxjs';
import { publicFile } from '../http/public-file.js';
import { InboxService, type InboxEntry } from './inbox.service.js';

const page = publicFile('inbox.html');
const style = publicFile('inbox.css');
const script = publicFile('inbox.js');

/** The demo's receiver and its page. */
@Controller()
export class InboxController {
  constructor(private readonly inbox: InboxService) {}

  @Get()
  @Redirect('/inbox')
  home(): void {
    // The decorator says where to go.
  }

  @Get('inbox')
  @Header('content-type', 'text/html; charset=utf-8')
  page(): string {
    return page;
  }

  @Get('inbox/inbox.css')
  @Header('content-type', 'text/css; charset=utf-8')
  style(): string {
    return style;
  }

  @Get('inbox/inbox.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  script(): string {
    return script;
  }

  @Get('inbox/entries')
  entries(): InboxEntry[] {
    return this.inbox.list();
  }

  @Sse('inbox/stream')
  stream(): Observable<MessageEvent> {
    return this.inbox.arrived().pipe(map((entry) => ({ data: entry, id: String(entry.number) })));
  }

  @Post('inbox/webhooks')
  @HttpCode(204)
  receive(@Req() request: RawBodyRequest<Request>): void {
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    const entry = this.inbox.receive({ body: request.rawBody ?? Buffer.alloc(0), headers });
    if (!entry.verified) throw new UnauthorizedException(entry.refusal ?? 'The signature is wrong');
  }
}
