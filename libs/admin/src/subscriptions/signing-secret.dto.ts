import type { SigningSecret, SigningSecretInfo } from '@nest-integrations/core';
import { ApiProperty } from '@nestjs/swagger';

/** What may be seen of a signing secret: not the secret. */
export class SigningSecretInfoDto {
  @ApiProperty({ type: String })
  id: string;

  @ApiProperty({ enum: ['hmac', 'ed25519'] })
  kind: 'hmac' | 'ed25519';

  @ApiProperty({ type: String, nullable: true, description: '`whpk_…`, only for Ed25519.' })
  publicKey: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Signs until then; `null`: no end.',
  })
  expiresAt: string | null;
}

export class RevealedSigningSecretDto {
  @ApiProperty({ type: String })
  id: string;

  @ApiProperty({ type: String, example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' })
  secret: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  expiresAt: string | null;
}

export class RevealedSigningSecretsDto {
  @ApiProperty({ type: [RevealedSigningSecretDto], description: 'The current one first.' })
  items: RevealedSigningSecretDto[];
}

export function toSigningSecretInfoDto(info: SigningSecretInfo): SigningSecretInfoDto {
  const { id, kind, publicKey, expiresAt } = info;
  return { id, kind, publicKey, expiresAt };
}

export function toRevealedSigningSecretDto(secret: SigningSecret): RevealedSigningSecretDto {
  return { id: secret.id, secret: secret.secret, expiresAt: secret.expiresAt ?? null };
}
