import { answer, api } from '../api/client';
import { toProblem } from '../api/problem';

export interface ReplayedEach {
  readonly sent: number;
  /** Why, and of how many; what is still on its way is refused. */
  readonly refused: readonly { readonly reason: string; readonly count: number }[];
}

const AT_ONCE = 4;

/** Each by itself: so one that can't be sent again does not hold back the others. */
export async function replayEach(ids: readonly string[]): Promise<ReplayedEach> {
  const waiting = [...ids];
  const reasons = new Map<string, number>();
  let sent = 0;
  const work = async (): Promise<void> => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      try {
        await answer(api.POST('/deliveries/{id}/replay', { params: { path: { id } } }));
        sent++;
      } catch (error) {
        const { detail } = toProblem(error);
        reasons.set(detail, (reasons.get(detail) ?? 0) + 1);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { sent, refused: [...reasons].map(([reason, count]) => ({ reason, count })) };
}
