import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsObject, IsOptional, IsUUID, Length, MaxLength } from 'class-validator';
import { Omittable } from '../requests/field.decorators.js';

export class ListOptionsDto {
  @ApiProperty({ type: String, example: 'projectKey', description: 'A field with `x-options`.' })
  @Length(1, 200, { message: 'must be the path of a field of the config' })
  field: string;

  @ApiPropertyOptional({ type: String, format: 'uuid', nullable: true })
  @IsOptional()
  @IsUUID(undefined, { message: 'must be the id of a connection, or null' })
  connectionId?: string | null;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'What the form holds so far: options may depend on it.',
  })
  @Omittable()
  @IsObject({ message: 'must be an object: the config so far' })
  values?: Record<string, unknown>;

  @ApiPropertyOptional({ type: String, maxLength: 200 })
  @Omittable()
  @MaxLength(200, { message: 'must be text of at most 200 characters' })
  search?: string;

  @ApiPropertyOptional({ type: String, description: 'The `nextCursor` of the page before.' })
  @Omittable()
  @Length(1, 2_000, { message: 'must be the nextCursor of an earlier page' })
  cursor?: string;
}

export class OptionDto {
  @ApiProperty({ type: String })
  value: string;

  @ApiProperty({ type: String })
  label: string;

  @ApiProperty({ type: String, nullable: true })
  description: string | null;
}

export class OptionPageDto {
  @ApiProperty({ type: [OptionDto] })
  items: OptionDto[];

  @ApiProperty({ type: String, nullable: true, description: '`null`: these were all.' })
  nextCursor: string | null;
}
