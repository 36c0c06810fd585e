import type { SubscriptionActivity } from '../api/types';
import classes from './activity-spark.module.css';

interface ActivitySparkProps {
  /** `null`: not known yet. */
  readonly activity: SubscriptionActivity | null;
}

const WIDTH = 132;
const HEIGHT = 26;

/** Delivered above, failed below the line, one bar a bucket; said in words for who can't see it. */
export function ActivitySpark({ activity }: ActivitySparkProps) {
  if (!activity) return null;
  const { series } = activity;
  const { delivered, failed } = activity.totals;
  const most = Math.max(1, ...series.map((bucket) => bucket.delivered + bucket.failed));
  const step = WIDTH / Math.max(1, series.length);
  const label =
    delivered + failed === 0
      ? 'Nothing sent in the last 24 hours'
      : `${delivered} delivered, ${failed} failed in the last 24 hours`;
  return (
    <svg width={WIDTH} height={HEIGHT} role="img" aria-label={label} className={classes.spark}>
      <title>{label}</title>
      <line x1={0} x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} className={classes.ground} />
      {series.map(({ at, delivered: good, failed: bad }, index) => {
        const goodHeight = heightOf(good, most);
        const badHeight = heightOf(bad, most);
        const bar = { x: index * step + 0.5, width: Math.max(1, step - 1.5) };
        return (
          <g key={at}>
            <rect {...bar} y={HEIGHT - goodHeight} height={goodHeight} className={classes.good} />
            <rect
              {...bar}
              y={HEIGHT - goodHeight - badHeight}
              height={badHeight}
              className={classes.bad}
            />
          </g>
        );
      })}
    </svg>
  );
}

/** What is there at all is to be seen. */
function heightOf(count: number, most: number): number {
  return count === 0 ? 0 : Math.max(2, (count / most) * (HEIGHT - 3));
}
