import { ATTEMPT_OUTCOMES, type AttemptOutcome } from '@nest-integrations/common';
import type { Attempt, TestAttempt } from '@nest-integrations/core';
import { ApiProperty, ApiPropertyOptional, OmitType } from '@nestjs/swagger';

export class AttemptRequestDto {
  @ApiProperty({ type: String, example: 'POST' })
  method: string;

  @ApiProperty({ type: String, example: 'https://example.com/hooks' })
  url: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'Secrets redacted.',
  })
  headers: Readonly<Record<string, string>>;

  @ApiProperty({ type: String, nullable: true, description: 'The first 64 KiB.' })
  body: string | null;
}

export class AttemptResponseDto {
  @ApiProperty({ type: 'integer', example: 200 })
  status: number;

  @ApiProperty({
    type: 'object',
    additionalProperties: {
      oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
    },
  })
  headers: Readonly<Record<string, string | string[]>>;

  @ApiProperty({ type: String, description: 'The first 64 KiB.' })
  body: string;

  @ApiProperty({ type: Boolean, description: 'The body was longer than what is kept.' })
  truncated: boolean;
}

/** Milliseconds. */
export class AttemptTimingsDto {
  @ApiPropertyOptional({ type: Number })
  dnsMs?: number;

  @ApiPropertyOptional({ type: Number })
  connectMs?: number;

  @ApiPropertyOptional({ type: Number })
  tlsMs?: number;

  @ApiPropertyOptional({ type: Number })
  firstByteMs?: number;

  @ApiProperty({ type: Number })
  totalMs: number;
}

/** One call of a provider. */
export class AttemptDto {
  @ApiProperty({ type: 'integer', description: 'From 1, over the delivery’s whole life.' })
  attempt: number;

  @ApiProperty({ type: String, format: 'date-time' })
  startedAt: string;

  @ApiProperty({ type: Number, description: 'Milliseconds.' })
  latencyMs: number;

  @ApiProperty({ enum: ATTEMPT_OUTCOMES, enumName: 'AttemptOutcome' })
  outcome: AttemptOutcome;

  @ApiProperty({ type: Boolean })
  isReplay: boolean;

  @ApiProperty({ type: String, nullable: true })
  error: string | null;

  @ApiProperty({
    type: AttemptRequestDto,
    nullable: true,
    description: '`null`: no call was made.',
  })
  request: AttemptRequestDto | null;

  @ApiProperty({ type: AttemptResponseDto, nullable: true, description: '`null`: no answer came.' })
  response: AttemptResponseDto | null;

  @ApiProperty({ type: AttemptTimingsDto, nullable: true })
  timings: AttemptTimingsDto | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  nextAttemptAt: string | null;

  @ApiProperty({
    type: [String],
    description:
      'Lines of the provider, and of the console of its scripts. Secrets redacted, 16 KiB at most.',
  })
  notes: string[];
}

const TEST_OUTCOMES = [...ATTEMPT_OUTCOMES, 'cancelled'] as const;

/** What came of a test. */
export class TestAttemptDto extends OmitType(AttemptDto, ['outcome']) {
  @ApiProperty({
    enum: TEST_OUTCOMES,
    enumName: 'TestOutcome',
    description: '`cancelled`: the transformation found that the event is not wanted.',
  })
  outcome: TestAttempt['outcome'];
}

export function toAttemptDto(attempt: Attempt): AttemptDto {
  return { ...sharedFields(attempt), outcome: attempt.outcome };
}

export function toTestAttemptDto(attempt: TestAttempt): TestAttemptDto {
  return { ...sharedFields(attempt), outcome: attempt.outcome };
}

function sharedFields(attempt: TestAttempt): Omit<TestAttemptDto, 'outcome'> {
  return {
    attempt: attempt.attempt,
    startedAt: attempt.startedAt.toISOString(),
    latencyMs: attempt.latencyMs,
    isReplay: attempt.isReplay,
    error: attempt.error,
    request: attempt.request && toRequestDto(attempt.request),
    response: attempt.response && toResponseDto(attempt.response),
    timings: attempt.timings && toTimingsDto(attempt.timings),
    nextAttemptAt: attempt.nextAttemptAt?.toISOString() ?? null,
    notes: [...attempt.notes],
  };
}

function toRequestDto(request: NonNullable<Attempt['request']>): AttemptRequestDto {
  const { method, url, headers, body } = request;
  return { method, url, headers, body };
}

function toResponseDto(response: NonNullable<Attempt['response']>): AttemptResponseDto {
  const { status, headers, body, truncated } = response;
  return { status, headers, body, truncated };
}

function toTimingsDto(timings: NonNullable<Attempt['timings']>): AttemptTimingsDto {
  const { dnsMs, connectMs, tlsMs, firstByteMs, totalMs } = timings;
  return { dnsMs, connectMs, tlsMs, firstByteMs, totalMs };
}
