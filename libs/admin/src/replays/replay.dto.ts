import type {
  Page,
  Recoverable,
  Replay,
  ReplayableStatus,
  ReplayState,
} from '@nest-integrations/core';
import { REPLAY_STATES, REPLAYABLE_STATUSES } from '@nest-integrations/core';
import { ApiProperty } from '@nestjs/swagger';

const KINDS = ['replay', 'recovery'] as const;

export class ReplaySelectionDto {
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'So many were chosen one by one; `null`: by the conditions.',
  })
  chosen: number | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  subscriptionId: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'incident.created' })
  eventType: string | null;

  @ApiProperty({ enum: REPLAYABLE_STATUSES, enumName: 'ReplayableStatus', nullable: true })
  status: ReplayableStatus | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  from: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  to: string | null;
}

export class ReplayDto {
  @ApiProperty({ type: String, format: 'uuid' })
  id: string;

  @ApiProperty({
    enum: KINDS,
    description: 'A recovery also makes the deliveries that are missing.',
  })
  kind: (typeof KINDS)[number];

  @ApiProperty({
    type: String,
    nullable: true,
    description: '`null`: of all tenants, or of a single-tenant app.',
  })
  tenant: string | null;

  @ApiProperty({ type: ReplaySelectionDto })
  selection: ReplaySelectionDto;

  @ApiProperty({ enum: REPLAY_STATES, enumName: 'ReplayState' })
  state: ReplayState;

  @ApiProperty({ type: 'integer', description: 'Deliveries a second.' })
  perSecond: number;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description:
      'Counted at the start; `null`: too many to count in time. A recovery may do fewer, where a filter leaves events out.',
  })
  total: number | null;

  @ApiProperty({ type: 'integer', description: 'Deliveries restarted or made so far.' })
  done: number;

  @ApiProperty({ type: String, nullable: true, description: 'Why it ended early.' })
  note: string | null;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  finishedAt: string | null;
}

export class ReplayPageDto {
  @ApiProperty({ type: [ReplayDto], description: 'Newest first.' })
  items: ReplayDto[];

  @ApiProperty({ type: String, nullable: true, description: '`null`: this was the last page.' })
  nextCursor: string | null;
}

export class ReplayPreviewDto {
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Deliveries that fit now; `null`: too many to count in time.',
  })
  deliveries: number | null;
}

export class RecoverableDto {
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description:
      '`null`: none was given, and the subscription was never disabled and does not fail.',
  })
  since: string | null;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Failed and cancelled deliveries since; `null`: too many to count in time.',
  })
  deliveries: number | null;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description:
      'Events of its types that have no delivery for it: accepted while it was disabled; `null`: too many to count in time.',
  })
  events: number | null;

  @ApiProperty({ type: Boolean, description: 'True: its filter will leave some of them out.' })
  eventsAreUpperBound: boolean;
}

/** Names every field that leaves. */
export function toReplayDto(replay: Replay): ReplayDto {
  const { deliveryIds, subscriptionId, eventType, status, from, to } = replay.selection;
  return {
    id: replay.id,
    kind: replay.kind,
    tenant: replay.tenant || null,
    selection: {
      chosen: deliveryIds?.length ?? null,
      subscriptionId: subscriptionId ?? null,
      eventType: eventType ?? null,
      status: status ?? null,
      from: from?.toISOString() ?? null,
      to: to?.toISOString() ?? null,
    },
    state: replay.state,
    perSecond: replay.perSecond,
    total: replay.total,
    done: replay.done,
    note: replay.note,
    createdAt: replay.createdAt.toISOString(),
    finishedAt: replay.finishedAt?.toISOString() ?? null,
  };
}

export function toReplayPageDto({ items, nextCursor }: Page<Replay>): ReplayPageDto {
  return { items: items.map(toReplayDto), nextCursor };
}

export function toRecoverableDto(recoverable: Recoverable | null): RecoverableDto {
  return {
    since: recoverable?.since.toISOString() ?? null,
    deliveries: recoverable ? recoverable.deliveries : 0,
    events: recoverable ? recoverable.events : 0,
    eventsAreUpperBound: recoverable?.eventsAreUpperBound ?? false,
  };
}
