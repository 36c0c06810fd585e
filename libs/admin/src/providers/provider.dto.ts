import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { ProviderDocumentation, RegisteredProvider } from '@nest-integrations/core';

export class ProviderHeaderDto {
  @ApiProperty({ type: String, example: 'webhook-signature' })
  name: string;

  @ApiProperty({ type: String })
  description: string;
}

export class ProviderDocumentationDto {
  @ApiProperty({ type: String, description: 'Markdown.' })
  setupGuide: string;

  @ApiPropertyOptional({ description: 'A body as the receiver sees it; any JSON value.' })
  examplePayload?: unknown;

  @ApiProperty({ type: [ProviderHeaderDto] })
  headers: ProviderHeaderDto[];

  @ApiProperty({ type: String, nullable: true })
  link: string | null;
}

export class ProviderConnectionDto {
  @ApiProperty({ type: 'integer', example: 1 })
  version: number;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'JSON Schema of a connection’s config.',
  })
  configSchema: object;

  @ApiProperty({ type: Boolean, description: 'Whether a subscription may do without one.' })
  isOptional: boolean;
}

export class ProviderDto {
  @ApiProperty({ type: String, example: 'webhook' })
  id: string;

  @ApiProperty({ type: String, example: 'Webhook' })
  displayName: string;

  @ApiProperty({ type: String, nullable: true })
  description: string | null;

  @ApiProperty({ type: String, nullable: true })
  icon: string | null;

  @ApiProperty({ type: 'integer', example: 1 })
  configVersion: number;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description:
      'JSON Schema of a subscription’s config; hints for forms stand under `x-` keywords.',
  })
  configSchema: object;

  @ApiProperty({
    type: ProviderConnectionDto,
    nullable: true,
    description: 'What its connections must fit; `null`: it has none.',
  })
  connection: ProviderConnectionDto | null;

  @ApiProperty({
    enum: ['none', 'standard-webhooks'],
    description: '`standard-webhooks`: each subscription has signing secrets.',
  })
  signing: 'none' | 'standard-webhooks';

  @ApiProperty({ type: Boolean, description: 'Whether a subscription may have a `threadKey`.' })
  hasThreads: boolean;

  @ApiProperty({ type: ProviderDocumentationDto, nullable: true })
  documentation: ProviderDocumentationDto | null;
}

export class ProviderListDto {
  @ApiProperty({ type: [ProviderDto] })
  items: ProviderDto[];
}

export function toProviderDto(provider: RegisteredProvider): ProviderDto {
  return {
    id: provider.id,
    displayName: provider.displayName,
    description: provider.description,
    icon: provider.icon,
    configVersion: provider.configVersion,
    configSchema: provider.configSchema,
    connection: provider.connection && {
      version: provider.connection.version,
      configSchema: provider.connection.jsonSchema,
      isOptional: provider.connection.isOptional,
    },
    signing: provider.signing,
    hasThreads: provider.hasThreads,
    documentation: provider.documentation && toDocumentationDto(provider.documentation),
  };
}

function toDocumentationDto(documentation: ProviderDocumentation): ProviderDocumentationDto {
  const { setupGuide, examplePayload, headers = [], link = null } = documentation;
  return {
    setupGuide,
    examplePayload,
    headers: headers.map(({ name, description }) => ({ name, description })),
    link,
  };
}
