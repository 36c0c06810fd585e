import { duration } from './durations';
import { useNow } from './use-now';

/** How long until then, second by second. */
export function Countdown({ to }: { readonly to: string }) {
  const rest = new Date(to).getTime() - useNow('second');
  return <span className="tabular">{rest <= 0 ? 'a moment' : duration(rest)}</span>;
}
