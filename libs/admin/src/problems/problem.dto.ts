import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class FieldProblemDto {
  @ApiProperty({
    type: String,
    description: 'Dotted path of the field; empty for the whole.',
    example: 'config.url',
  })
  field: string;

  @ApiProperty({
    type: String,
    description: 'What is wrong and what is allowed.',
    example: 'must be an http or https URL',
  })
  message: string;
}

/** RFC 9457, served as `application/problem+json`. */
export class ProblemDto {
  @ApiProperty({ type: String, example: 'urn:nest-integrations:problem:invalid-input' })
  type: string;

  @ApiProperty({ type: String, example: 'Invalid input' })
  title: string;

  @ApiProperty({ type: 'integer', example: 422 })
  status: number;

  @ApiProperty({ type: String, example: 'config.url: must be an http or https URL' })
  detail: string;

  @ApiProperty({ type: String, example: '/admin/integrations/subscriptions' })
  instance: string;

  @ApiProperty({ type: [FieldProblemDto] })
  errors: FieldProblemDto[];

  @ApiPropertyOptional({
    type: String,
    format: 'uuid',
    description: 'With status 500: the same id stands in the server’s log.',
  })
  errorId?: string;
}
