import { createHash } from 'node:crypto';
import { TemplateError } from '../integration.error.js';
import { Template } from '../templates/index.js';

/** What a thread key may name: what is the same each time an event is looked at. */
export interface ThreadScope {
  readonly type: string;
  readonly payload: unknown;
}

const MAX_KEY = 1_000;
const KNOWN_ROOTS = new Set(['payload', 'event']);
/** Read once for all of its subscription's events. */
const compiled = new Map<string, ThreadKey>();
const MAX_COMPILED = 1_000;

/**
 * Which thread an event belongs to, by a template like `{{ payload.incidentId }}`: events with the
 * same key share one conversation, ticket or alert.
 */
export class ThreadKey {
  private constructor(private readonly template: Template) {}

  /** @throws TemplateError */
  static compile(source: string): ThreadKey {
    const known = compiled.get(source);
    if (known) return known;
    const key = new ThreadKey(Template.compile(source, 'text'));
    if (compiled.size >= MAX_COMPILED) compiled.clear();
    compiled.set(source, key);
    return key;
  }

  /** Null: this event belongs to none. @throws TemplateError */
  of({ type, payload }: ThreadScope): string | null {
    const event = { id: '', type, timestamp: '' };
    const key = this.template.render({ payload, event, subscription: { id: '', name: '' } }).trim();
    if (key.length > MAX_KEY) {
      throw new TemplateError(`yields ${key.length} characters; ${MAX_KEY} are allowed`);
    }
    return key === '' ? null : key;
  }

  /** What it names that a thread key may not: the end of a sentence; null: nothing. */
  get problem(): string | null {
    const { template } = this;
    const variables = template.variables();
    const wrong = variables.find(
      ({ segments: [root, name] }) =>
        !KNOWN_ROOTS.has(String(root)) || (root === 'event' && name !== 'type'),
    );
    if (wrong) {
      return `names '${wrong.segments.join('.')}': a thread is known by payload.… or event.type alone`;
    }
    return variables.some(({ segments: [root] }) => root === 'payload')
      ? null
      : 'names nothing of the payload: all events would share one thread';
  }
}

/** How a thread is kept: nothing of the payload can be read from it. */
export function threadDigest(key: string): string {
  return `thread:${createHash('sha256').update(key).digest('base64url')}`;
}
