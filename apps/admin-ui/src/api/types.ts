import type { components } from '../../dist/api';

type Schemas = components['schemas'];

export type Delivery = Schemas['DeliveryDto'];
export type DeliveryDetails = Schemas['DeliveryDetailsDto'];
export type DeliveryStatus = Schemas['DeliveryStatus'];
export type Attempt = Schemas['AttemptDto'];
export type Overview = Schemas['OverviewDto'];
/** Of a delivery, or of a test, which may have come to nothing. */
export type ShownAttempt = Omit<Attempt, 'outcome'> & {
  readonly outcome: Attempt['outcome'] | 'cancelled';
};
export type SubscriptionPreview = Schemas['SubscriptionPreviewDto'];
export type SubscriptionActivity = Schemas['SubscriptionActivityDto'];
export type BulkAction = Schemas['BulkAction'];
export type BulkResult = Schemas['BulkResultDto'];
export type Subscription = Schemas['SubscriptionDto'];
export type Connection = Schemas['ConnectionDto'];
export type Event = Schemas['EventDto'];
export type EventDetails = Schemas['EventDetailsDto'];
export type EventType = Schemas['EventTypeDto'];
export type Provider = Schemas['ProviderDto'];
export type Recoverable = Schemas['RecoverableDto'];
export type AuditEntry = Schemas['AuditEntryDto'];
export type Workers = Schemas['WorkersDto'];
export type Worker = Schemas['WorkerDto'];
export type WorkerState = Schemas['WorkerState'];
export type Retention = Schemas['RetentionDto'];
export type RemovedHistory = Schemas['RemovedHistoryDto'];
export type TableSize = Schemas['TableSizeDto'];
export type Erasure = Schemas['ErasureDto'];
export type SecretKey = Schemas['SecretKeyDto'];
export type Replay = Schemas['ReplayDto'];
export type ReplayState = Schemas['ReplayState'];
export type AttemptOutcome = Schemas['AttemptOutcome'];

/** Every list of the API. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}
