import { Controller, Get, Header } from '@nestjs/common';
import { publicFile } from '../http/public-file.js';

export const SIGN_IN_PATH = '/sign-in';

const page = publicFile('sign-in.html');
const script = publicFile('sign-in.js');

/** Where the admin UI sends whoever has no session; the page begins one, and goes back. */
@Controller(SIGN_IN_PATH)
export class SignInController {
  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  page(): string {
    return page;
  }

  @Get('sign-in.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  script(): string {
    return script;
  }
}
