/** One change, as it is written. */
export interface AuditRecord {
  readonly tenant: string;
  readonly subjectType: string;
  readonly subjectId: string | null;
  /** Nothing secret in it. Left out: it was not there before, or nothing of it is kept. */
  readonly before?: unknown;
  /** Nothing secret in it. Left out: it is not there any more, or nothing of it is kept. */
  readonly after?: unknown;
}

/** One change, as admins see it. */
export interface AuditEntry {
  readonly id: string;
  readonly at: Date;
  readonly tenant: string | null;
  /** Who; `null`: the engine itself, or a host app's own call. */
  readonly actor: string | null;
  /** What: an operation id of the admin API, like `updateSubscription`. */
  readonly operation: string;
  /** `subscription`, `delivery`, `event`, `tenant`, … */
  readonly subjectType: string;
  readonly subjectId: string | null;
  /** Less its secrets. */
  readonly before: unknown;
  readonly after: unknown;
}

export interface ListAuditEntries {
  readonly subjectType?: string;
  readonly subjectId?: string;
  readonly actor?: string;
  readonly operation?: string;
  /** Made at or after. */
  readonly from?: Date;
  /** Made before. */
  readonly to?: Date;
  /** 1 to 200. Default 50. */
  readonly limit?: number;
  readonly cursor?: string;
}
