import { ApiProperty } from '@nestjs/swagger';
import type { SecretKeyUse } from '@nest-integrations/core';

export class SecretKeyDto {
  @ApiProperty({ type: String, example: '2026-11' })
  keyId: string;

  @ApiProperty({ type: Boolean, description: 'Encrypts what is saved from now on.' })
  isPrimary: boolean;

  @ApiProperty({
    type: Boolean,
    description: 'False: it is not given, and what is stored under it can’t be read.',
  })
  isKnown: boolean;

  @ApiProperty({ type: 'integer', description: 'Values stored under it.' })
  values: number;
}

export class SecretKeyListDto {
  @ApiProperty({ type: [SecretKeyDto] })
  items: SecretKeyDto[];
}

export function toSecretKeyDto({ keyId, isPrimary, isKnown, values }: SecretKeyUse): SecretKeyDto {
  return { keyId, isPrimary, isKnown, values };
}
