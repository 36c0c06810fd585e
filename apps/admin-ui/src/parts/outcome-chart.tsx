import { Tooltip } from '@mantine/core';
import classes from './outcome-chart.module.css';

/** What happened in one part of a time span. */
export interface OutcomePoint {
  /** When it begins, ISO 8601. */
  readonly at: string;
  readonly delivered: number;
  readonly failed: number;
  readonly retried: number;
}

interface OutcomeChartProps {
  readonly series: readonly OutcomePoint[];
  readonly bucketSeconds: number;
  readonly height?: number;
}

const HOUR = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const LABELS = 6;

/** Bars over time, stacked by outcome; each tells its numbers, the whole is told in words. */
export function OutcomeChart({ series, bucketSeconds, height = 160 }: OutcomeChartProps) {
  const most = Math.max(1, ...series.map(totalOf));
  const spanMs = series.length * bucketSeconds * 1_000;
  const format = spanMs > 2 * 86_400_000 ? DAY : HOUR;
  const every = Math.max(1, Math.ceil(series.length / LABELS));
  const sum = (name: 'delivered' | 'failed' | 'retried') =>
    series.reduce((total, point) => total + point[name], 0);
  return (
    <figure className={classes.figure}>
      <div
        className={classes.bars}
        style={{ height }}
        role="img"
        aria-label={`${sum('delivered')} delivered, ${sum('failed')} failed, ${sum('retried')} attempts to be retried`}
      >
        {series.map((point) => (
          <Tooltip key={point.at} label={<Numbers point={point} />} withinPortal>
            <div className={classes.slot}>
              <Bar kind="failed" count={point.failed} most={most} />
              <Bar kind="retried" count={point.retried} most={most} />
              <Bar kind="delivered" count={point.delivered} most={most} />
            </div>
          </Tooltip>
        ))}
      </div>
      <div className={classes.times} aria-hidden>
        {series
          .filter((_, index) => index % every === 0)
          .map(({ at }) => (
            <span key={at}>{format.format(new Date(at))}</span>
          ))}
      </div>
      <figcaption className={classes.legend}>
        <span data-kind="delivered">Delivered</span>
        <span data-kind="failed">Failed</span>
        <span data-kind="retried">Attempts to be retried</span>
      </figcaption>
    </figure>
  );
}

interface BarProps {
  readonly kind: 'delivered' | 'failed' | 'retried';
  readonly count: number;
  readonly most: number;
}

function Bar({ kind, count, most }: BarProps) {
  if (count === 0) return null;
  return (
    <div
      className={classes.bar}
      data-kind={kind}
      // What is there at all is to be seen.
      style={{ height: `max(3px, ${(count / most) * 100}%)` }}
    />
  );
}

function Numbers({ point }: { readonly point: OutcomePoint }) {
  return (
    <>
      {new Date(point.at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })}
      <br />
      {point.delivered} delivered, {point.failed} failed, {point.retried} to be retried
    </>
  );
}

function totalOf({ delivered, failed, retried }: OutcomePoint): number {
  return delivered + failed + retried;
}
