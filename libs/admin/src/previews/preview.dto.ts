import type {
  FilterPreview,
  Rendering,
  RetryPreview,
  SubscriptionPreview,
  TemplatePreview,
} from '@nest-integrations/core';
import { ApiProperty } from '@nestjs/swagger';

const OUTCOMES = ['delivered', 'retry', 'rejected', 'cancelled'] as const;

export class PreviewedHeaderDto {
  @ApiProperty({ type: String, example: 'webhook-signature' })
  name: string;

  @ApiProperty({ type: String, description: 'Secrets redacted; signed by a throwaway secret.' })
  value: string;
}

export class PreviewedRequestDto {
  @ApiProperty({ type: String, example: 'POST' })
  method: string;

  @ApiProperty({ type: String })
  url: string;

  @ApiProperty({ type: [PreviewedHeaderDto] })
  headers: PreviewedHeaderDto[];

  @ApiProperty({ type: String, nullable: true, example: 'application/json' })
  contentType: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'The first 64 KiB.' })
  body: string | null;

  @ApiProperty({
    type: Boolean,
    description:
      'It follows another request, whose answer is not known here: it may be different, or not be made.',
  })
  dependsOnAnswer: boolean;
}

export class PreviewedMatchesDto {
  @ApiProperty({ type: Boolean })
  type: boolean;

  @ApiProperty({ type: Boolean, description: 'True where there is no filter.' })
  filter: boolean;
}

export class PreviewedTransformationDto {
  @ApiProperty({ enum: ['event', 'unwanted', 'failed'], enumName: 'TransformationResult' })
  result: 'event' | 'unwanted' | 'failed';

  @ApiProperty({ description: 'What it returned; `null` where it is unwanted or failed.' })
  payload: unknown;

  @ApiProperty({ type: String, nullable: true, description: 'With its line.' })
  error: string | null;

  @ApiProperty({ type: [String] })
  console: string[];
}

export class PreviewedThreadDto {
  @ApiProperty({ type: String, example: 'INC-42' })
  key: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The receiver’s id of what it joins; `null`: it opens the thread.',
  })
  externalId: string | null;

  @ApiProperty({ type: String, nullable: true })
  externalUrl: string | null;
}

export class RenderingDto {
  @ApiProperty({ type: PreviewedMatchesDto })
  matches: PreviewedMatchesDto;

  @ApiProperty({
    type: PreviewedTransformationDto,
    nullable: true,
    description: '`null`: there is no transformation.',
  })
  transformed: PreviewedTransformationDto | null;

  @ApiProperty({ type: [PreviewedRequestDto] })
  requests: PreviewedRequestDto[];

  @ApiProperty({
    enum: OUTCOMES,
    enumName: 'PreviewedOutcome',
    description: '`delivered` says only that nothing is in the way: the receiver was not asked.',
  })
  outcome: (typeof OUTCOMES)[number];

  @ApiProperty({ type: String, nullable: true, description: 'Why it would not be delivered.' })
  error: string | null;

  @ApiProperty({ type: [String] })
  notes: string[];

  @ApiProperty({
    type: PreviewedThreadDto,
    nullable: true,
    description: '`null`: it belongs to none.',
  })
  thread: PreviewedThreadDto | null;
}

export class PreviewedEventDto {
  @ApiProperty({ type: String, format: 'uuid' })
  id: string;

  @ApiProperty({ type: String, example: 'incident.created' })
  type: string;

  @ApiProperty({ type: String, format: 'date-time' })
  occurredAt: string;

  @ApiProperty({ description: 'Before any transformation.' })
  payload: unknown;
}

export class SubscriptionPreviewDto {
  @ApiProperty({ type: PreviewedEventDto })
  event: PreviewedEventDto;

  @ApiProperty({ type: RenderingDto })
  draft: RenderingDto;

  @ApiProperty({
    type: RenderingDto,
    nullable: true,
    description: 'Of the subscription as it is stored; `null`: the draft is a new one.',
  })
  current: RenderingDto | null;
}

export class FilteredEventDto {
  @ApiProperty({ type: String, format: 'uuid' })
  eventId: string;

  @ApiProperty({ type: String, example: 'incident.created' })
  eventType: string;

  @ApiProperty({ type: String, format: 'date-time' })
  occurredAt: string;

  @ApiProperty({ type: Boolean })
  matched: boolean;
}

export class FilterPreviewDto {
  @ApiProperty({ type: 'integer' })
  matched: number;

  @ApiProperty({ type: 'integer', description: 'Events of these types that were looked at.' })
  of: number;

  @ApiProperty({ type: [FilteredEventDto], description: 'Newest first.' })
  examples: FilteredEventDto[];
}

/** Milliseconds since the first attempt; what the attempts themselves take comes on top. */
export class PreviewedAttemptDto {
  @ApiProperty({ type: 'integer', description: 'From 1.' })
  attempt: number;

  @ApiProperty({ type: 'integer', description: 'Without jitter.' })
  afterMs: number;

  @ApiProperty({ type: 'integer' })
  earliestMs: number;

  @ApiProperty({ type: 'integer' })
  latestMs: number;
}

export class RetryPreviewDto {
  @ApiProperty({ type: [PreviewedAttemptDto] })
  attempts: PreviewedAttemptDto[];

  @ApiProperty({
    type: PreviewedAttemptDto,
    description: 'The last attempt: when it has failed, the delivery is given up.',
  })
  givesUpAfter: PreviewedAttemptDto;
}

export class UnknownVariableDto {
  @ApiProperty({ type: String, example: 'payload.incident.titel' })
  path: string;

  @ApiProperty({ type: 'integer' })
  line: number;
}

export class TemplateErrorDto {
  @ApiProperty({ type: String })
  message: string;

  @ApiProperty({ type: 'integer', nullable: true })
  line: number | null;
}

export class TemplatePreviewDto {
  @ApiProperty({ type: String, nullable: true, description: '`null`: it can’t be rendered.' })
  output: string | null;

  @ApiProperty({
    type: [UnknownVariableDto],
    description: 'What it names and no such event has. A subscription with it is not saved.',
  })
  unknownVariables: UnknownVariableDto[];

  @ApiProperty({ type: TemplateErrorDto, nullable: true })
  error: TemplateErrorDto | null;
}

export function toSubscriptionPreviewDto(preview: SubscriptionPreview): SubscriptionPreviewDto {
  const { id, type, occurredAt, payload } = preview.event;
  return {
    event: { id, type, occurredAt, payload },
    draft: toRenderingDto(preview.draft),
    current: preview.current && toRenderingDto(preview.current),
  };
}

function toRenderingDto({
  matches,
  transformed,
  requests,
  outcome,
  notes,
  thread,
}: Rendering): RenderingDto {
  return {
    matches: { type: matches.type, filter: matches.filter },
    transformed: transformed && toTransformationDto(transformed),
    requests: requests.map(({ method, url, headers, body }, index) => ({
      method,
      url,
      headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
      contentType: contentTypeOf(headers),
      body,
      dependsOnAnswer: index > 0,
    })),
    outcome: outcome.kind,
    error: outcome.kind === 'delivered' ? null : outcome.reason,
    notes: [...notes],
    thread: thread && {
      key: thread.key,
      externalId: thread.externalId,
      externalUrl: thread.externalUrl,
    },
  };
}

function toTransformationDto(
  transformed: NonNullable<Rendering['transformed']>,
): PreviewedTransformationDto {
  return {
    result: transformed.kind,
    payload: transformed.kind === 'event' ? transformed.event.payload : null,
    error: transformed.kind === 'failed' ? transformed.reason : null,
    console: [...transformed.console],
  };
}

function contentTypeOf(headers: Readonly<Record<string, string>>): string | null {
  const name = Object.keys(headers).find((each) => each.toLowerCase() === 'content-type');
  return (name && headers[name]) || null;
}

export function toFilterPreviewDto({ matched, of, examples }: FilterPreview): FilterPreviewDto {
  return {
    matched,
    of,
    examples: examples.map((example) => ({
      eventId: example.eventId,
      eventType: example.eventType,
      occurredAt: example.occurredAt.toISOString(),
      matched: example.matched,
    })),
  };
}

export function toRetryPreviewDto({ attempts, givesUpAfter }: RetryPreview): RetryPreviewDto {
  return { attempts: [...attempts], givesUpAfter };
}

export function toTemplatePreviewDto(preview: TemplatePreview): TemplatePreviewDto {
  const { output, unknownVariables, error } = preview;
  return { output, unknownVariables: [...unknownVariables], error };
}
