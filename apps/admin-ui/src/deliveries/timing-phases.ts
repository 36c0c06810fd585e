import type { Attempt } from '../api/types';

export interface Phase {
  readonly name: string;
  readonly fromMs: number;
  readonly forMs: number;
}

/** What the time of a call went into, one after the other. */
export function phasesOf(timings: NonNullable<Attempt['timings']>): readonly Phase[] {
  const { dnsMs = 0, connectMs = 0, tlsMs = 0, firstByteMs, totalMs } = timings;
  const phases: Phase[] = [];
  let at = 0;
  const add = (name: string, forMs: number) => {
    if (forMs <= 0) return;
    phases.push({ name, fromMs: at, forMs });
    at += forMs;
  };
  add('Name lookup', dnsMs);
  add('Connect', connectMs);
  add('TLS', tlsMs);
  if (firstByteMs === undefined) {
    add('No answer', totalMs - at);
  } else {
    add('Waiting for the answer', firstByteMs - at);
    add('Reading it', totalMs - at);
  }
  return phases;
}
