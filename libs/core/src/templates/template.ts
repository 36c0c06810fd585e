import type { Template as LiquidTemplate } from 'liquidjs';
import { TemplateError } from '../integration.error.js';
import { placeValues, withoutMarks } from './json-places.js';
import { liquidFor } from './liquid-engine.js';
import type { TemplateTarget } from './template-target.js';

/** What a template may name. */
export interface TemplateScope {
  readonly payload: unknown;
  readonly event: { readonly id: string; readonly type: string; readonly timestamp: string };
  readonly subscription: { readonly id: string; readonly name: string };
}

/** A place in a template that names a value: `payload.links[0].url` is `['payload', 'links', 0, 'url']`. */
export interface TemplateVariable {
  readonly segments: readonly (string | number)[];
  /** From 1. */
  readonly line: number;
}

/** Characters that a rendering may yield. */
const MAX_OUTPUT = 1_048_576;
/** Its time is the clock's: where the machine stood still for a moment, the template took none of it. */
const TRIES = 3;
const OUT_OF_TIME = 'template render limit exceeded';

/**
 * A Liquid template for one target, read once for many events. Values are escaped for the target;
 * what an event lacks prints as nothing. Time, memory and output are bounded; it reads nothing but
 * its scope.
 */
export class Template {
  private constructor(
    private readonly parsed: LiquidTemplate[],
    readonly target: TemplateTarget,
  ) {}

  /** @throws TemplateError with what is wrong and where */
  static compile(source: string, target: TemplateTarget): Template {
    try {
      return new Template(liquidFor(target).parse(withoutMarks(source)), target);
    } catch (error) {
      throw new TemplateError(reasonOf(error));
    }
  }

  /** What it takes from its scope; not what it names itself, like the variable of a loop. */
  variables(): TemplateVariable[] {
    const { globals } = liquidFor(this.target).analyzeSync(this.parsed, { partials: false });
    return Object.values(globals).flatMap((variables) =>
      variables.map(({ segments, location }) => ({
        segments: knownSegments(segments),
        line: location.row,
      })),
    );
  }

  /** @throws TemplateError where a bound is crossed, a filter fails, or JSON was wanted and did not come */
  render(scope: TemplateScope): string {
    const text = this.rendered(scope);
    if (this.target !== 'json') return text;
    const json = placeValues(text);
    try {
      JSON.parse(json);
      return json;
    } catch (error) {
      throw new TemplateError(`does not yield JSON: ${reasonOf(error)}`);
    }
  }

  private rendered(scope: TemplateScope): string {
    const text = this.renderedInTime(scope, TRIES);
    if (text.length > MAX_OUTPUT) {
      throw new TemplateError(`yields ${text.length} characters; ${MAX_OUTPUT} are allowed`);
    }
    return text;
  }

  private renderedInTime(scope: TemplateScope, tries: number): string {
    try {
      return String(liquidFor(this.target).renderSync(this.parsed, nameable(scope)));
    } catch (error) {
      const reason = reasonOf(error);
      if (tries > 1 && reason.includes(OUT_OF_TIME)) return this.renderedInTime(scope, tries - 1);
      throw new TemplateError(reason);
    }
  }
}

/** That and no more: what a caller hands over may hold a subscription's config and secrets too. */
function nameable({ payload, event, subscription }: TemplateScope): object {
  const { id, type, timestamp } = event;
  return {
    payload,
    event: { id, type, timestamp },
    subscription: { id: subscription.id, name: subscription.name },
  };
}

/** Up to the first that is known only when it is rendered. */
function knownSegments(segments: readonly unknown[]): (string | number)[] {
  const known: (string | number)[] = [];
  for (const segment of segments) {
    if (typeof segment !== 'string' && typeof segment !== 'number') break;
    known.push(segment);
  }
  return known;
}

/** The first line of what Liquid says, which has line and column. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n')[0] ?? message;
}
