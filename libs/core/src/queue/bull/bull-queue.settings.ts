/** What the Bull driver needs beyond the queue itself. */
export class BullQueueSettings {
  constructor(
    /** Delivery ids that one job carries at most. */
    readonly idsPerJob: number,
  ) {}
}
