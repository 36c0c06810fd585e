import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsUUID, Length } from 'class-validator';
import { Omittable, ToBoolean } from '../requests/field.decorators.js';
import { PageQuery } from '../requests/page.query.js';
import {
  IsConfig,
  IsName,
  IsProviderId,
  IsRevision,
} from '../subscriptions/subscription-fields.dto.js';

export class CreateConnectionDto {
  @ApiPropertyOptional({
    type: String,
    description: 'Only for callers who see several tenants; others get their own.',
  })
  @Omittable()
  @Length(1, 200, { message: 'must be text of 1 to 200 characters' })
  tenant?: string;

  @ApiProperty({ type: String, minLength: 1, maxLength: 200 })
  @IsName()
  name: string;

  @ApiProperty({ type: String, example: 'jira' })
  @IsProviderId()
  provider: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'Fits the provider’s `connection.configSchema`. Secrets in it are never answered.',
  })
  @IsConfig()
  config: Record<string, unknown>;
}

/** What is left out stays. */
export class UpdateConnectionDto {
  @IsRevision()
  revision?: number;

  @ApiPropertyOptional({ type: String, minLength: 1, maxLength: 200 })
  @Omittable()
  @IsName()
  name?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description:
      'Replaces the config. A secret that is left out stays; one given as `null` is cleared.',
  })
  @Omittable()
  @IsConfig()
  config?: Record<string, unknown>;
}

export class TestConnectionDto {
  @ApiProperty({ type: String, example: 'jira' })
  @IsProviderId()
  provider: string;

  @ApiProperty({ type: 'object', additionalProperties: true })
  @IsConfig()
  config: Record<string, unknown>;

  @ApiPropertyOptional({
    type: String,
    format: 'uuid',
    description:
      'The stored connection that is being changed: its secrets stand in for those left out.',
  })
  @Omittable()
  @IsUUID(undefined, { message: 'must be the id of a connection' })
  connectionId?: string;
}

export class ConnectionTestDto {
  @ApiProperty({ type: Boolean })
  ok: boolean;

  @ApiProperty({ type: String, description: 'Who one is there, or what is wrong.' })
  message: string;
}

export class ListConnectionsQuery extends PageQuery {
  @ApiPropertyOptional({ type: String, example: 'jira' })
  @Omittable()
  @IsProviderId()
  provider?: string;

  @ApiPropertyOptional({ type: String, description: 'Part of the name.' })
  @Omittable()
  @Length(1, 200, { message: 'must be text of 1 to 200 characters' })
  search?: string;

  @ApiPropertyOptional({
    type: Boolean,
    description: 'Those whose config the running version of their provider can’t use, or can.',
  })
  @Omittable()
  @ToBoolean()
  @IsBoolean({ message: 'must be true or false' })
  hasConfigProblem?: boolean;
}
