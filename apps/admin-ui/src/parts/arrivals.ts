/** A page of a list, as it was last shown. */
export interface Shown {
  /** Which list, and which page of it. */
  readonly view: string;
  readonly ids: readonly string[];
  /** Those that came while the page was looked at. */
  readonly arrived: ReadonlySet<string>;
}

/** What a page shows next: of a page that is opened nothing has arrived, whatever was shown before. */
export function nextShown(before: Shown, view: string, ids: readonly string[]): Shown {
  if (before.view !== view) return { view, ids, arrived: new Set() };
  const known = new Set(before.ids);
  return {
    view,
    ids,
    arrived: new Set(ids.filter((id) => !known.has(id) || before.arrived.has(id))),
  };
}
