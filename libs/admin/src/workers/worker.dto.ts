import { WORKER_STATES, type SeenWorker, type WorkerState } from '@nest-integrations/core';
import { ApiProperty } from '@nestjs/swagger';
import { QueueLoadDto } from '../statistics/statistics.dto.js';

const DRIVERS = ['postgres', 'bull'] as const;

export class WorkerDto {
  @ApiProperty({ type: String, format: 'uuid' })
  id: string;

  @ApiProperty({ type: String, description: 'Name of the machine or container.' })
  host: string;

  @ApiProperty({ type: 'integer' })
  pid: number;

  @ApiProperty({ type: String, example: '0.1.0' })
  version: string;

  @ApiProperty({
    enum: WORKER_STATES,
    enumName: 'WorkerState',
    description: '`gone`: no sign of it for a while, and it did not say that it ends.',
  })
  state: WorkerState;

  @ApiProperty({ type: [String], description: 'What is stuck in it.' })
  problems: string[];

  @ApiProperty({ type: 'integer' })
  concurrency: number;

  @ApiProperty({
    type: 'integer',
    description: 'Deliveries under way; slow ones may be more than the concurrency.',
  })
  busy: number;

  @ApiProperty({
    type: 'integer',
    description: 'Since an attempt last ended, while some are under way.',
  })
  stalledMs: number;

  @ApiProperty({
    type: 'integer',
    description: 'By which its most overdue attempt is beyond its deadline.',
  })
  overdueMs: number;

  @ApiProperty({ type: String, format: 'date-time' })
  startedAt: string;

  @ApiProperty({ type: String, format: 'date-time' })
  seenAt: string;
}

export class WorkersDto {
  @ApiProperty({ enum: DRIVERS, enumName: 'QueueDriver' })
  driver: (typeof DRIVERS)[number];

  @ApiProperty({ type: QueueLoadDto })
  queue: QueueLoadDto;

  @ApiProperty({ type: [WorkerDto], description: 'Seen within the last hour; those gone last.' })
  items: WorkerDto[];
}

/** Names every field that leaves. */
export function toWorkerDto(worker: SeenWorker): WorkerDto {
  const { id, host, pid, version, state, problems } = worker;
  const { concurrency, busy, stalledMs, overdueMs, startedAt, seenAt } = worker;
  return {
    id,
    host,
    pid,
    version,
    state,
    problems: [...problems],
    concurrency,
    busy,
    stalledMs,
    overdueMs,
    startedAt: startedAt.toISOString(),
    seenAt: seenAt.toISOString(),
  };
}
