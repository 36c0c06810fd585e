import { Get, HttpCode, Param, Post, Req, Res, UseFilters } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import {
  ApiFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiQuery,
} from '@nestjs/swagger';
import { SignInService, type TenantScope } from '@nest-integrations/core';
import { Actor } from '../access/actor.decorator.js';
import { RequiresRight } from '../access/requires-right.decorator.js';
import { Scope } from '../access/scope.decorator.js';
import { AdminController } from '../admin-controller.decorator.js';
import { ApiProblems } from '../openapi/api-problems.decorator.js';
import { IdPipe } from '../requests/id.pipe.js';
import { RequestBody } from '../requests/request-input.decorator.js';
import { CallbackAddress, type AddressedRequest } from './callback-address.js';
import { ComeAgainFilter } from './come-again.filter.js';
import { AuthorizeConnectionDto, SignInBegunDto, toSignInBegunDto } from './sign-in.dto.js';
import { signInPage } from './sign-in.page.js';

/** Signing in for connections whose provider acts for a person (OAuth 2, authorization code). */
@AdminController('connections', 'Connections')
@RequiresRight('integration.manage')
export class ConnectionSignInController {
  constructor(
    private readonly signIns: SignInService,
    private readonly callback: CallbackAddress,
    private readonly host: HttpAdapterHost,
  ) {}

  @Post(':id/authorize')
  @HttpCode(200)
  @ApiOperation({ summary: 'Begin to sign in for a connection; answers the page to open' })
  @ApiOkResponse({ type: SignInBegunDto })
  @ApiProblems(400, 404, 413, 415, 422)
  async authorizeConnection(
    @Param('id', IdPipe) id: string,
    @RequestBody() { returnTo }: AuthorizeConnectionDto,
    @Req() request: AddressedRequest,
    @Scope() scope: TenantScope,
    @Actor() actor: string | null,
  ): Promise<SignInBegunDto> {
    const redirectUri = this.callback.from(request);
    const begin = { redirectUri, actor, ...(returnTo !== undefined && { returnTo }) };
    return toSignInBegunDto(await this.signIns.begin(id, begin, scope));
  }

  @Get('oauth/callback')
  @UseFilters(ComeAgainFilter)
  @ApiOperation({
    summary: 'Where the browser comes back to from the authorization server; answers a page',
  })
  @ApiQuery({ name: 'state', type: String, required: false })
  @ApiQuery({ name: 'code', type: String, required: false })
  @ApiQuery({ name: 'error', type: String, required: false })
  @ApiProduces('text/html')
  @ApiOkResponse({ description: 'What came of it, for a human.', type: String })
  @ApiFoundResponse({ description: 'Back to where the sign-in was begun.' })
  @ApiProblems(400)
  async endSignIn(
    @Req() { originalUrl }: AddressedRequest,
    @Res({ passthrough: true }) response: object,
    @Scope() scope: TenantScope,
    @Actor() actor: string | null,
  ): Promise<string> {
    const answered = new URL(originalUrl, 'http://callback').searchParams;
    const end = await this.signIns.end(answered, actor, scope);
    const { httpAdapter } = this.host;
    httpAdapter.setHeader(response, 'Content-Type', 'text/html; charset=utf-8');
    if (end.returnTo !== null) {
      httpAdapter.setHeader(response, 'Location', end.returnTo);
      httpAdapter.status(response, 302);
    } else if (!end.ok) {
      httpAdapter.status(response, 400);
    }
    return signInPage(end);
  }
}
