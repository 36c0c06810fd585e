export interface Page<Item> {
  readonly items: readonly Item[];
  /** Give it back to get the next page; `null`: this was the last. */
  readonly nextCursor: string | null;
}

/** A page that knows how many there are in all, filters applied. */
export interface CountedPage<Item> extends Page<Item> {
  readonly total: number;
}
