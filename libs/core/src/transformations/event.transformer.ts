import { Injectable } from '@nestjs/common';
import { DeliveredEvent } from '../events/delivered-event.js';
import type { FieldProblem } from '../integration.error.js';
import { Sandbox, type SandboxFault, type SandboxResult } from '../sandbox/index.js';

/** A subscription's transformation. */
export interface Transformation {
  readonly subscriptionId: string;
  /** Source of a function `(event) => body | null`. */
  readonly transform: string;
}

/** What became of an event. */
export type Transformed = (
  | { readonly kind: 'event'; readonly event: DeliveredEvent }
  /** It is not for this subscription. */
  | { readonly kind: 'unwanted' }
  | { readonly kind: 'failed'; readonly reason: string; readonly fault: SandboxFault }
) & {
  /** What the function wrote to its console. */
  readonly console: readonly string[];
};

const MAX_LENGTH = 50_000;
/** The second only once the first is busy. */
const THREADS = 2;
/** A run that another one's end took down is begun again, this many times in all. */
const MAX_RUNS = 3;

/**
 * Runs the transformations of subscriptions, in a thread of the sandbox: this one stays free. The
 * events of one subscription take turns, so that a slow function has one place in the thread's queue.
 */
@Injectable()
export class EventTransformer {
  private readonly sandbox = new Sandbox(THREADS);
  private readonly turns = new Map<string, Promise<unknown>>();

  /** What is wrong with a transformation that is to be saved; none is right. */
  async problems(transform: unknown): Promise<FieldProblem[]> {
    if (transform === null || transform === undefined) return [];
    const refused = (message: string): FieldProblem[] => [{ field: 'transform', message }];
    if (typeof transform !== 'string' || transform.trim() === '' || transform.includes('\0')) {
      return refused('must be JavaScript of a function, (event) => …, or null');
    }
    if (transform.length > MAX_LENGTH) {
      return refused(`has ${transform.length} characters; ${MAX_LENGTH} are allowed`);
    }
    const problem = await this.sandbox.problem(transform);
    return problem === null ? [] : refused(problem);
  }

  /** Never rejects. The same event gives the same result, whenever it is attempted. */
  transform(event: DeliveredEvent, transformation: Transformation): Promise<Transformed> {
    return this.inTurn(transformation.subscriptionId, async () =>
      transformedBy(await this.run(event, transformation.transform), event),
    );
  }

  async close(): Promise<void> {
    await this.sandbox.close();
  }

  private async run(event: DeliveredEvent, source: string): Promise<SandboxResult> {
    const { id, type, occurredAt } = event;
    const head = JSON.stringify({ id, type, timestamp: occurredAt }).slice(0, -1);
    const call = {
      source,
      // The payload's own text: no number in it is rounded before the function sees it.
      argumentJson: `${head},"payload":${event.payloadJson}}`,
      now: Date.parse(occurredAt),
    };
    let result = await this.sandbox.run(call);
    for (let runs = 1; runs < MAX_RUNS && !result.ok && result.fault === 'sandbox'; runs++) {
      result = await this.sandbox.run(call);
    }
    return result;
  }

  private inTurn<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.turns.get(key) ?? Promise.resolve();
    const result = before.then(work);
    this.turns.set(key, result);
    const ended = (): void => {
      if (this.turns.get(key) === result) this.turns.delete(key);
    };
    result.then(ended, ended);
    return result;
  }
}

function transformedBy(result: SandboxResult, event: DeliveredEvent): Transformed {
  const { console } = result;
  if (!result.ok) {
    return { kind: 'failed', reason: result.reason, fault: result.fault, console };
  }
  if (result.json === 'null') return { kind: 'unwanted', console };
  if (result.json === null) {
    const reason = 'It returned nothing: return a body, or null where the event is not wanted';
    return { kind: 'failed', reason, fault: 'script', console };
  }
  const { id, type, occurredAt, tenant, trace } = event;
  const transformed = new DeliveredEvent(id, type, occurredAt, result.json, tenant, trace);
  return { kind: 'event', event: transformed, console };
}
