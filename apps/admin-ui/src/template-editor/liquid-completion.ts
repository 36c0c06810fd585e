/** A path that a template may use: `payload.links[].url`. */
export interface CompletablePath {
  readonly path: string;
  readonly type: string;
  readonly description?: string | null;
}

export interface Completion {
  readonly label: string;
  readonly type: string;
  readonly detail: string;
}

export interface CompletionsAt {
  /** Where what is being completed begins. */
  readonly from: number;
  readonly completions: readonly Completion[];
}

const OTHERS: readonly CompletablePath[] = [
  { path: 'event.id', type: 'string', description: 'The event’s id' },
  { path: 'event.type', type: 'string', description: 'Like incident.created' },
  { path: 'event.timestamp', type: 'string', description: 'When it happened' },
  { path: 'subscription.id', type: 'string', description: 'The subscription’s id' },
  { path: 'subscription.name', type: 'string', description: 'Its name' },
];

/** Liquid's own, that a template for the outside has use for. */
const FILTERS = [
  'append',
  'capitalize',
  'date',
  'default',
  'downcase',
  'escape',
  'first',
  'join',
  'json',
  'last',
  'map',
  'prepend',
  'replace',
  'round',
  'size',
  'slice',
  'sort',
  'split',
  'strip',
  'strip_html',
  'truncate',
  'truncatewords',
  'uniq',
  'upcase',
  'url_encode',
  'where',
];
const TAGS = [
  'assign',
  'break',
  'capture',
  'case',
  'comment',
  'continue',
  'cycle',
  'else',
  'elsif',
  'endcapture',
  'endcase',
  'endcomment',
  'endfor',
  'endif',
  'endraw',
  'endunless',
  'for',
  'if',
  'raw',
  'unless',
  'when',
];

/** What may stand at the cursor; null outside of `{{ }}` and `{% %}`. */
export function completionsAt(
  before: string,
  paths: readonly CompletablePath[],
): CompletionsAt | null {
  const opened = openTag(before);
  if (!opened) return null;
  const inside = before.slice(opened.at + 2);
  const filter = /\|\s*([a-z_]*)$/.exec(inside);
  if (filter) return found(before, filter[1] ?? '', FILTERS.map(named('filter')));
  const tag = opened.kind === '{%' ? /^-?\s*([a-z]*)$/.exec(inside) : null;
  if (tag) return found(before, tag[1] ?? '', TAGS.map(named('tag')));
  const word = /[\w.[\]-]*$/.exec(inside)?.[0] ?? '';
  return found(before, word, pathsIn(before, paths));
}

/**
 * The paths that Liquid resolves at this place. Of lists, the first item (`payload.links[0].url`), and
 * within `{% for link in payload.links %}` the loop's own name (`link.url`).
 */
function pathsIn(before: string, paths: readonly CompletablePath[]): Completion[] {
  const all = [...paths, ...OTHERS];
  const loops = openLoops(before).flatMap(({ name, list }) =>
    all
      .filter(({ path }) => path.startsWith(`${list}[]`))
      .map((item) => ({ ...item, path: name + item.path.slice(list.length + 2) })),
  );
  const plain = all.map((item) => ({ ...item, path: item.path.replaceAll('[]', '[0]') }));
  return [...loops, ...plain]
    .filter(({ path }) => !path.includes('*') && !path.includes('[]'))
    .map(({ path, type, description }) => ({
      label: path,
      type: 'property',
      detail: description ? `${type} · ${description}` : type,
    }));
}

/** Loops that are not closed before the cursor, the innermost first. */
function openLoops(before: string): { name: string; list: string }[] {
  const open: { name: string; list: string }[] = [];
  for (const [, name, list] of before.matchAll(
    /\{%-?\s*(?:for\s+(\w+)\s+in\s+([\w.[\]]+)|endfor)[^%]*%\}/g,
  )) {
    if (name !== undefined && list !== undefined) open.unshift({ name, list });
    else open.shift();
  }
  return open;
}

function openTag(before: string): { at: number; kind: '{{' | '{%' } | null {
  const output = before.lastIndexOf('{{');
  const tag = before.lastIndexOf('{%');
  const kind = output > tag ? '{{' : '{%';
  const at = Math.max(output, tag);
  if (at < 0) return null;
  return before.indexOf(kind === '{{' ? '}}' : '%}', at) < 0 ? { at, kind } : null;
}

function found(before: string, word: string, completions: readonly Completion[]): CompletionsAt {
  return { from: before.length - word.length, completions };
}

const named =
  (detail: string) =>
  (label: string): Completion => ({ label, type: 'keyword', detail });
