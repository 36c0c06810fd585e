import type { SignIn, SignInBegun } from '@nest-integrations/core';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Length } from 'class-validator';
import { Omittable } from '../requests/field.decorators.js';

export class SignInDto {
  @ApiProperty({
    enum: ['missing', 'active', 'ended'],
    description:
      '`missing`: nobody has signed in; `ended`: what was granted is over, sign in again.',
  })
  state: SignIn['state'];

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Why it ended, or why the last attempt to sign in failed; `null`: all is well.',
  })
  reason: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  signedInAt: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'As the host names its admins.' })
  signedInBy: string | null;
}

export class AuthorizeConnectionDto {
  @ApiPropertyOptional({
    type: String,
    example: '/admin/connections',
    description:
      'Path of this site that the browser is sent to in the end; left out: a plain page.',
  })
  @Omittable()
  @Length(1, 2_001, { message: 'must be a path of this site' })
  returnTo?: string;
}

export class SignInBegunDto {
  @ApiProperty({ type: String, description: 'Open it in this admin’s browser.' })
  url: string;

  @ApiProperty({ type: String, format: 'date-time', description: 'By then it must be done.' })
  expiresAt: string;
}

/** Names every field that leaves. */
export function toSignInDto({ state, reason, signedInAt, signedInBy }: SignIn): SignInDto {
  return { state, reason, signedInAt: signedInAt?.toISOString() ?? null, signedInBy };
}

export function toSignInBegunDto({ url, expiresAt }: SignInBegun): SignInBegunDto {
  return { url, expiresAt: expiresAt.toISOString() };
}
