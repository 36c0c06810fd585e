import type { DeliveryOrdering } from '@nest-integrations/common';
import { TemplateError, type FieldProblem } from '../integration.error.js';
import type { BoundProvider } from '../providers/provider.registry.js';
import { ThreadKey } from '../threads/thread-key.js';
import type { EventTypeCatalog } from './event-type-catalog.js';
import { templateProblemsOf } from './template-field.problems.js';

/** A thread key, and what it has to fit. */
export interface ThreadedSubscription {
  readonly threadKey?: unknown;
  readonly ordering?: DeliveryOrdering | null;
  readonly eventTypes: readonly string[];
  readonly name: string;
  readonly provider: Pick<BoundProvider, 'id' | 'hasThreads'>;
}

const MAX_LENGTH = 500;

/** What is wrong with a thread key; none is right. */
export function threadKeyProblems(
  { threadKey, ordering, eventTypes, name, provider }: ThreadedSubscription,
  catalog: EventTypeCatalog,
): FieldProblem[] {
  if (threadKey === null || threadKey === undefined) return [];
  const problem = (message: string) => [{ field: 'threadKey', message }];
  if (typeof threadKey !== 'string' || threadKey.length > MAX_LENGTH) {
    return problem(
      `must be a template of at most ${MAX_LENGTH} characters, like {{ payload.incident.id }}, or null`,
    );
  }
  if (!provider.hasThreads) return problem(`'${provider.id}' has no threads: leave it out`);
  const wrong = templateProblemsOf(
    threadKey,
    'text',
    { eventTypes, subscriptionName: name },
    catalog,
  );
  if (wrong.length > 0) return wrong.flatMap(problem);
  const own = ownProblem(threadKey);
  if (own !== null) return problem(own);
  if (ordering?.key === undefined) return [];
  return [
    {
      field: 'ordering.key',
      message: 'can’t stand beside threadKey: deliveries of one thread go out in order anyway',
    },
  ];
}

function ownProblem(source: string): string | null {
  try {
    return ThreadKey.compile(source).problem;
  } catch (error) {
    if (error instanceof TemplateError) return error.problem;
    throw error;
  }
}
