import { Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
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
  /** Where a part of the time leads: the deliveries of it. */
  readonly linkTo?: (from: string, to: string) => string;
}

const KINDS = [
  { id: 'delivered', label: 'Delivered' },
  { id: 'retried', label: 'To be retried' },
  { id: 'failed', label: 'Failed' },
] as const;

const COUNT = new Intl.NumberFormat();
const HOUR = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric' });
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const DAY_MS = 86_400_000;
const LABELS = 6;

/** Bars over time, stacked by outcome; the same as a table for whoever does not see them. */
export function OutcomeChart({ series, bucketSeconds, height = 170, linkTo }: OutcomeChartProps) {
  const top = readableTop(Math.max(1, ...series.map(sumOf)));
  const every = Math.max(1, Math.ceil(series.length / LABELS));
  const format = series.length * bucketSeconds * 1_000 > 2 * DAY_MS ? DAY : HOUR;
  const linkOf = linkTo && (({ at }: OutcomePoint) => linkTo(at, endOf(at, bucketSeconds)));
  return (
    <figure className={classes.figure}>
      <figcaption className={classes.legend}>
        {KINDS.map(({ id, label }) => (
          <span key={id} data-kind={id}>
            {label}
          </span>
        ))}
      </figcaption>
      <div className={classes.plot} aria-hidden>
        <div className={classes.axis} style={{ height }}>
          {[top, top / 2, 0].map((value) => (
            <span key={value}>{COUNT.format(value)}</span>
          ))}
        </div>
        <div>
          <div className={classes.bars} style={{ height }}>
            {series.map((point) => (
              <Tooltip key={point.at} label={<Numbers point={point} />}>
                <Slot to={linkOf?.(point)}>
                  {KINDS.toReversed().map(({ id }) => (
                    <Bar key={id} kind={id} share={point[id] / top} />
                  ))}
                </Slot>
              </Tooltip>
            ))}
          </div>
          <div className={classes.times}>
            {series.map(({ at }, index) =>
              index % every === 0 ? (
                <span key={at} style={{ left: `${(index / series.length) * 100}%` }}>
                  {format.format(new Date(at))}
                </span>
              ) : null,
            )}
          </div>
        </div>
      </div>
      <details className={classes.table}>
        <summary>As a table</summary>
        <FigureTable series={series.filter((point) => sumOf(point) > 0)} linkOf={linkOf} />
      </details>
    </figure>
  );
}

interface SlotProps extends React.ComponentPropsWithRef<'a'> {
  readonly to: string | undefined;
  readonly children: ReactNode;
}

/** Keyboards have the table: sixty stops on the way through a page are too many. */
function Slot({ to, className = '', ...props }: SlotProps) {
  const classNames = `${classes.slot} ${className}`;
  return to === undefined ? (
    <span className={classNames} {...props} />
  ) : (
    <Link to={to} className={classNames} tabIndex={-1} {...props} />
  );
}

interface BarProps {
  readonly kind: (typeof KINDS)[number]['id'];
  readonly share: number;
}

function Bar({ kind, share }: BarProps) {
  if (share === 0) return null;
  return (
    <span
      className={classes.bar}
      data-kind={kind}
      // What is there at all is to be seen.
      style={{ height: `max(3px, ${share * 100}%)` }}
    />
  );
}

function Numbers({ point }: { readonly point: OutcomePoint }) {
  return (
    <>
      {MOMENT.format(new Date(point.at))}
      {KINDS.map(({ id, label }) => (
        <span key={id} className={classes.number}>
          {label}: {COUNT.format(point[id])}
        </span>
      ))}
    </>
  );
}

interface FigureTableProps {
  readonly series: readonly OutcomePoint[];
  readonly linkOf: ((point: OutcomePoint) => string) | undefined;
}

function FigureTable({ series, linkOf }: FigureTableProps) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">From</th>
          {KINDS.map(({ id, label }) => (
            <th key={id} scope="col">
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {series.map((point) => (
          <tr key={point.at}>
            <th scope="row">
              {linkOf ? (
                <Link to={linkOf(point)}>{MOMENT.format(new Date(point.at))}</Link>
              ) : (
                MOMENT.format(new Date(point.at))
              )}
            </th>
            {KINDS.map(({ id }) => (
              <td key={id}>{COUNT.format(point[id])}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function sumOf({ delivered, failed, retried }: OutcomePoint): number {
  return delivered + failed + retried;
}

function endOf(at: string, seconds: number): string {
  return new Date(new Date(at).getTime() + seconds * 1_000).toISOString();
}

/** The next of 2, 4, 10, 20, 40, 100 …: an axis whose middle is a whole number too. */
function readableTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return Math.max(2, ([1, 2, 4, 10].find((one) => one * power >= value) ?? 10) * power);
}
