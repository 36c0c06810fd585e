import {
  Ban,
  CircleCheck,
  CircleX,
  Clock,
  Loader,
  TimerReset,
  TriangleAlert,
  Unplug,
  type LucideIcon,
} from 'lucide-react';
import type { AttemptOutcome, DeliveryStatus, ReplayState } from '../api/types';
import classes from './status-badge.module.css';

export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'still';

interface BadgeProps {
  readonly tone: Tone;
  readonly icon: LucideIcon;
  readonly label: string;
}

/** A state in words, with an icon: its colour only helps. */
export function Badge({ tone, icon: Icon, label }: BadgeProps) {
  return (
    <span className={classes.badge} data-tone={tone}>
      <Icon size={13} strokeWidth={2.4} aria-hidden />
      {label}
    </span>
  );
}

const DELIVERY: Record<DeliveryStatus, BadgeProps> = {
  pending: { tone: 'still', icon: Clock, label: 'Pending' },
  attempting: { tone: 'busy', icon: Loader, label: 'Attempting' },
  retrying: { tone: 'warn', icon: TimerReset, label: 'Retrying' },
  delivered: { tone: 'good', icon: CircleCheck, label: 'Delivered' },
  failed: { tone: 'bad', icon: CircleX, label: 'Failed' },
  cancelled: { tone: 'still', icon: Ban, label: 'Cancelled' },
};

export function DeliveryBadge({ status }: { readonly status: DeliveryStatus }) {
  return <Badge {...DELIVERY[status]} />;
}

const OUTCOME: Record<AttemptOutcome, BadgeProps> = {
  delivered: { tone: 'good', icon: CircleCheck, label: 'Delivered' },
  retry: { tone: 'warn', icon: TimerReset, label: 'To be retried' },
  rejected: { tone: 'bad', icon: CircleX, label: 'Rejected' },
};

export function OutcomeBadge({ outcome }: { readonly outcome: AttemptOutcome }) {
  return <Badge {...OUTCOME[outcome]} />;
}

const REPLAY: Record<ReplayState, BadgeProps> = {
  running: { tone: 'busy', icon: Loader, label: 'Running' },
  paused: { tone: 'warn', icon: Clock, label: 'Paused' },
  completed: { tone: 'good', icon: CircleCheck, label: 'Completed' },
  cancelled: { tone: 'still', icon: Ban, label: 'Cancelled' },
};

export function ReplayBadge({ state }: { readonly state: ReplayState }) {
  return <Badge {...REPLAY[state]} />;
}

export const SUBSCRIPTION_STATES = ['healthy', 'failing', 'circuit-open', 'disabled'] as const;
export type SubscriptionState = (typeof SUBSCRIPTION_STATES)[number];

const SUBSCRIPTION: Record<SubscriptionState, BadgeProps> = {
  healthy: { tone: 'good', icon: CircleCheck, label: 'Healthy' },
  failing: { tone: 'bad', icon: TriangleAlert, label: 'Failing' },
  'circuit-open': { tone: 'warn', icon: Unplug, label: 'Circuit open' },
  disabled: { tone: 'still', icon: Ban, label: 'Disabled' },
};

export function SubscriptionBadge({ state }: { readonly state: SubscriptionState }) {
  return <Badge {...SUBSCRIPTION[state]} />;
}
