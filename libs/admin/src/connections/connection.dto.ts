import type { Connection, Page } from '@nest-integrations/core';
import { ApiProperty } from '@nestjs/swagger';
import { SignInDto, toSignInDto } from '../sign-in/sign-in.dto.js';

export class ConnectionDto {
  @ApiProperty({ type: String, format: 'uuid' })
  id: string;

  @ApiProperty({ type: String, nullable: true, description: '`null` in a single-tenant app.' })
  tenant: string | null;

  @ApiProperty({ type: String, example: 'Jira of the platform team' })
  name: string;

  @ApiProperty({ type: String, example: 'jira' })
  provider: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'As stored, less its secrets.',
  })
  config: unknown;

  @ApiProperty({ type: 'integer', example: 1 })
  configVersion: number;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Why the running version of its provider can’t use the config; `null`: it can.',
  })
  configProblem: string | null;

  @ApiProperty({
    type: [String],
    description: 'Paths of the secrets that are set.',
    example: ['apiToken'],
  })
  configSecrets: string[];

  @ApiProperty({
    type: SignInDto,
    nullable: true,
    description: 'Where it stands with an admin who must sign in for it; `null`: nobody need.',
  })
  signIn: SignInDto | null;

  @ApiProperty({ type: 'integer', description: 'Subscriptions that deliver by it.' })
  usedBy: number;

  @ApiProperty({ type: 'integer', description: 'Grows with each change.' })
  revision: number;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: string;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt: string;
}

export class ConnectionPageDto {
  @ApiProperty({ type: [ConnectionDto] })
  items: ConnectionDto[];

  @ApiProperty({ type: String, nullable: true, description: '`null`: this was the last page.' })
  nextCursor: string | null;
}

/** Names every field that leaves. */
export function toConnectionDto(connection: Connection): ConnectionDto {
  return {
    id: connection.id,
    tenant: connection.tenant,
    name: connection.name,
    provider: connection.provider,
    config: connection.config,
    configVersion: connection.configVersion,
    configProblem: connection.configProblem,
    configSecrets: [...connection.configSecrets],
    signIn: connection.signIn && toSignInDto(connection.signIn),
    usedBy: connection.usedBy,
    revision: connection.revision,
    createdAt: connection.createdAt.toISOString(),
    updatedAt: connection.updatedAt.toISOString(),
  };
}

export function toConnectionPageDto({ items, nextCursor }: Page<Connection>): ConnectionPageDto {
  return { items: items.map(toConnectionDto), nextCursor };
}
