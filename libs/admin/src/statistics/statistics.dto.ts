import type { FailingSubscription, Overview, QueueLoad, Statistics } from '@nest-integrations/core';
import { ApiProperty } from '@nestjs/swagger';
import { DeliveryDto, toDeliveryDto } from '../deliveries/delivery.dto.js';

export class StatisticsPointDto {
  @ApiProperty({ type: String, format: 'date-time', description: 'When it begins.' })
  at: string;

  @ApiProperty({ type: 'integer', description: 'Deliveries that were delivered.' })
  delivered: number;

  @ApiProperty({ type: 'integer', description: 'Deliveries that were given up.' })
  failed: number;

  @ApiProperty({ type: 'integer', description: 'Attempts that another one follows.' })
  retried: number;
}

export class StatisticsTotalsDto {
  @ApiProperty({ type: 'integer' })
  delivered: number;

  @ApiProperty({ type: 'integer' })
  failed: number;

  @ApiProperty({ type: 'integer' })
  attempts: number;

  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'Delivered of those that ended, 0 to 1; `null`: none ended.',
  })
  successRate: number | null;
}

/** Of attempts; `null`: there were none. */
export class LatencyDto {
  @ApiProperty({ type: Number, nullable: true })
  p50Ms: number | null;

  @ApiProperty({ type: Number, nullable: true })
  p95Ms: number | null;
}

/** Some seconds late. */
export class StatisticsDto {
  @ApiProperty({ type: String, format: 'date-time' })
  from: string;

  @ApiProperty({ type: String, format: 'date-time' })
  to: string;

  @ApiProperty({ type: 'integer', description: 'Length of a point of the series.' })
  bucketSeconds: number;

  @ApiProperty({ type: [StatisticsPointDto], description: 'Oldest first, without gaps.' })
  series: StatisticsPointDto[];

  @ApiProperty({ type: StatisticsTotalsDto })
  totals: StatisticsTotalsDto;

  @ApiProperty({ type: LatencyDto })
  latency: LatencyDto;
}

/** At most 10,000 of each are counted. */
export class QueueLoadDto {
  @ApiProperty({ type: 'integer', description: 'Due, and held by no worker.' })
  due: number;

  @ApiProperty({ type: 'integer', description: 'Age of the oldest of these.' })
  lagMs: number;

  @ApiProperty({ type: 'integer', description: 'Waiting for their next attempt.' })
  retrying: number;

  @ApiProperty({ type: 'integer', description: 'Being attempted.' })
  leased: number;
}

export class FailingSubscriptionDto {
  @ApiProperty({ type: String, format: 'uuid' })
  id: string;

  @ApiProperty({ type: String })
  name: string;

  @ApiProperty({ type: String, example: 'webhook' })
  provider: string;

  @ApiProperty({ type: String, format: 'date-time' })
  failingSince: string;

  @ApiProperty({ type: 'integer', description: 'Failed attempts since.' })
  failures: number;

  @ApiProperty({ type: String, nullable: true })
  lastFailure: string | null;
}

export class OverviewDto extends StatisticsDto {
  @ApiProperty({ type: QueueLoadDto })
  queue: QueueLoadDto;

  @ApiProperty({ type: [FailingSubscriptionDto], description: 'The longest first, 10 at most.' })
  failing: FailingSubscriptionDto[];

  @ApiProperty({ type: [DeliveryDto], description: 'Newest first, 10 at most.' })
  recentFailures: DeliveryDto[];
}

export class SubscriptionActivityDto {
  @ApiProperty({ type: String, format: 'uuid' })
  subscriptionId: string;

  @ApiProperty({ type: 'integer', description: 'Length of a point of the series.' })
  bucketSeconds: number;

  @ApiProperty({ type: [StatisticsPointDto], description: 'Oldest first, without gaps.' })
  series: StatisticsPointDto[];

  @ApiProperty({ type: StatisticsTotalsDto })
  totals: StatisticsTotalsDto;
}

export class SubscriptionActivityListDto {
  @ApiProperty({ type: [SubscriptionActivityDto] })
  items: SubscriptionActivityDto[];
}

/** Names every field that leaves. */
export function toStatisticsDto(statistics: Statistics): StatisticsDto {
  const { p50Ms, p95Ms } = statistics.latency;
  return {
    from: statistics.from.toISOString(),
    to: statistics.to.toISOString(),
    bucketSeconds: statistics.bucketSeconds,
    series: toSeriesDto(statistics),
    totals: toTotalsDto(statistics),
    latency: { p50Ms, p95Ms },
  };
}

export function toOverviewDto(overview: Overview): OverviewDto {
  return Object.assign(toStatisticsDto(overview), {
    queue: toQueueLoadDto(overview.queue),
    failing: overview.failing.map(toFailingSubscriptionDto),
    recentFailures: overview.recentFailures.map(toDeliveryDto),
  });
}

export function toSubscriptionActivityListDto(
  statistics: ReadonlyMap<string, Statistics>,
): SubscriptionActivityListDto {
  return {
    items: [...statistics].map(([subscriptionId, one]) => ({
      subscriptionId,
      bucketSeconds: one.bucketSeconds,
      series: toSeriesDto(one),
      totals: toTotalsDto(one),
    })),
  };
}

export function toQueueLoadDto({ due, lagMs, retrying, leased }: QueueLoad): QueueLoadDto {
  return { due, lagMs, retrying, leased };
}

function toSeriesDto({ series }: Statistics): StatisticsPointDto[] {
  return series.map(({ at, delivered, failed, retried }) => ({
    at: at.toISOString(),
    delivered,
    failed,
    retried,
  }));
}

function toTotalsDto({ totals }: Statistics): StatisticsTotalsDto {
  const { delivered, failed, attempts, successRate } = totals;
  return { delivered, failed, attempts, successRate };
}

function toFailingSubscriptionDto(subscription: FailingSubscription): FailingSubscriptionDto {
  const { id, name, provider, failingSince, failures, lastFailure } = subscription;
  return { id, name, provider, failingSince: failingSince.toISOString(), failures, lastFailure };
}
