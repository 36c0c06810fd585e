import {
  Body,
  Controller,
  Delete,
  ForbiddenException,
  Get,
  HttpCode,
  HttpException,
  HttpStatus,
  Post,
  Req,
  Res,
  UnauthorizedException,
} from '@nestjs/common';
import { forgeryProblem } from '@nest-integrations/admin';
import type { Request, Response } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { IsLine } from '../requests/is-line.decorator.js';
import { AdminSessions } from './admin-sessions.js';
import { SessionCookie } from './session-cookie.js';

const WRONG_TOKENS_PER_MINUTE = 10;

export class BeginSession {
  @IsLine(512)
  token: string;
}

export interface SessionInfo {
  readonly actor: string;
  readonly expiresAt: string;
}

/** How a browser signs in: the token is given once, the session's cookie stands for it. */
@Controller('session')
export class SessionController {
  private readonly wrongTokens = new RateLimiterMemory({
    points: WRONG_TOKENS_PER_MINUTE,
    duration: 60,
  });

  constructor(
    private readonly sessions: AdminSessions,
    private readonly cookie: SessionCookie,
  ) {}

  @Get()
  who(@Req() request: Request): SessionInfo {
    const end = this.sessions.endOf(this.cookie.valueIn(request.headers.cookie), new Date());
    if (!end) throw new UnauthorizedException('There is no session');
    return { actor: 'admin', expiresAt: end.toISOString() };
  }

  @Post()
  async begin(
    @Req() request: Request,
    @Body() { token }: BeginSession,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SessionInfo> {
    refuseForeignPage(request);
    await this.refuseGuessing(request, response);
    if (!this.sessions.isToken(token)) {
      await this.wrongTokens.penalty(addressOf(request));
      throw new UnauthorizedException('This is not the admin token');
    }
    const now = new Date();
    response.cookie(this.cookie.name, this.sessions.begin(now), {
      ...this.cookie.options,
      maxAge: this.sessions.lifeMs,
    });
    return {
      actor: 'admin',
      expiresAt: new Date(now.getTime() + this.sessions.lifeMs).toISOString(),
    };
  }

  @Delete()
  @HttpCode(204)
  end(@Req() request: Request, @Res({ passthrough: true }) response: Response): void {
    refuseForeignPage(request);
    response.clearCookie(this.cookie.name, this.cookie.options);
  }

  private async refuseGuessing(request: Request, response: Response): Promise<void> {
    const spent = await this.wrongTokens.get(addressOf(request));
    if (!(spent instanceof RateLimiterRes) || spent.remainingPoints > 0) return;
    const seconds = Math.max(1, Math.ceil(spent.msBeforeNext / 1_000));
    response.setHeader('retry-after', String(seconds));
    throw new HttpException(
      `Too many wrong tokens: try again in ${seconds} s`,
      HttpStatus.TOO_MANY_REQUESTS,
    );
  }
}

function refuseForeignPage(request: Request): void {
  const problem = forgeryProblem(request, []);
  if (problem !== null) throw new ForbiddenException(problem);
}

function addressOf({ ip }: Request): string {
  return ip ?? 'unknown';
}
