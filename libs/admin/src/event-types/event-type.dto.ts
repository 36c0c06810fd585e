import { ApiProperty } from '@nestjs/swagger';
import type { EventType, SchemaProperty } from '@nest-integrations/core';

export class SchemaPropertyDto {
  @ApiProperty({ type: String, example: 'payload.incident.title' })
  path: string;

  @ApiProperty({ type: String, example: 'string' })
  type: string;

  @ApiProperty({ type: String, nullable: true })
  description: string | null;

  @ApiProperty({ type: Boolean })
  optional: boolean;
}

export class EventTypeDto {
  @ApiProperty({ type: String, example: 'incident.created' })
  id: string;

  @ApiProperty({ type: String, description: 'Name that the platform emits it under.' })
  hook: string;

  @ApiProperty({ type: String, example: 'Incident created' })
  displayName: string;

  @ApiProperty({ type: String, nullable: true })
  description: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'Incidents' })
  category: string | null;

  @ApiProperty({ type: 'integer', example: 1 })
  version: number;

  @ApiProperty({ type: Boolean })
  deprecated: boolean;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'JSON Schema of what leaves.',
  })
  payloadSchema: object;

  @ApiProperty({
    type: [SchemaPropertyDto],
    description: 'Every path that a filter or a template may use.',
  })
  properties: SchemaPropertyDto[];

  @ApiProperty({ description: 'A payload as it leaves; any JSON value.' })
  example: unknown;

  @ApiProperty({
    type: String,
    example: 'IncidentIntegrationEvents.created',
    description: 'Class and method of the platform that declare it.',
  })
  declaredBy: string;

  @ApiProperty({
    type: 'integer',
    description: 'Enabled subscriptions that name it, or a pattern that matches it.',
  })
  listeners: number;
}

export class EventTypeListDto {
  @ApiProperty({ type: [EventTypeDto] })
  items: EventTypeDto[];
}

/** Names every field that leaves. */
export function toEventTypeDto(type: EventType, listeners: number): EventTypeDto {
  return {
    id: type.id,
    hook: type.hook,
    displayName: type.displayName,
    description: type.description,
    category: type.category,
    version: type.version,
    deprecated: type.deprecated,
    payloadSchema: type.payloadSchema,
    properties: type.properties.map(toSchemaPropertyDto),
    example: type.example,
    declaredBy: type.owner,
    listeners,
  };
}

function toSchemaPropertyDto(property: SchemaProperty): SchemaPropertyDto {
  const { path, type, description, optional } = property;
  return { path, type, description, optional };
}
