import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { Overview } from '../api/types';
import { duration } from '../parts/durations';
import classes from './overview.module.css';

const COUNT = new Intl.NumberFormat(undefined);
const SHARE = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 2 });

export function OverviewFigures({ overview }: { readonly overview: Overview }) {
  const { totals, latency, queue, from, to } = overview;
  const within = `from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}`;
  return (
    <dl className={classes.figures}>
      <Figure
        name="Delivered"
        value={COUNT.format(totals.delivered)}
        to={`/deliveries?status=delivered&${within}`}
      />
      <Figure
        name="Failed"
        value={COUNT.format(totals.failed)}
        to={`/deliveries?status=failed&${within}`}
        isBad={totals.failed > 0}
      />
      <Figure
        name="Success rate"
        value={totals.successRate === null ? '—' : SHARE.format(totals.successRate)}
        note={`${COUNT.format(totals.attempts)} ${totals.attempts === 1 ? 'attempt' : 'attempts'}`}
      />
      <Figure
        name="Latency"
        value={latency.p50Ms === null ? '—' : duration(latency.p50Ms)}
        note={latency.p95Ms === null ? 'no attempt yet' : `p95 ${duration(latency.p95Ms)}`}
      />
      <Figure
        name="Queue lag"
        value={queue.due === 0 ? 'none' : duration(queue.lagMs)}
        note={`${COUNT.format(queue.due)} due, ${COUNT.format(queue.leased)} being sent`}
        isBad={queue.lagMs > 60_000}
      />
      <Figure
        name="Waiting for a retry"
        value={COUNT.format(queue.retrying)}
        to="/deliveries?status=retrying"
      />
    </dl>
  );
}

interface FigureProps {
  readonly name: string;
  readonly value: string;
  readonly note?: ReactNode;
  readonly to?: string;
  readonly isBad?: boolean;
}

function Figure({ name, value, note, to, isBad = false }: FigureProps) {
  return (
    <div className={classes.figure} data-bad={isBad}>
      <dt>{name}</dt>
      <dd>
        {to === undefined ? value : <Link to={to}>{value}</Link>}
        {note !== undefined && <span className={classes.note}>{note}</span>}
      </dd>
    </div>
  );
}
