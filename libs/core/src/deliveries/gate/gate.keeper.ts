import { Injectable } from '@nestjs/common';
import {
  admission,
  countsPlaces,
  isGated,
  slowedToAfter,
  type Admission,
  type GateState,
} from './admission.js';
import { withProbe } from './circuit.js';
import { CHUNK, KEYS_A_PASS } from './gate.sql.js';
import type { Line, LookRow, StoredGate } from './gate.rows.js';
import { GateStore } from './gate.store.js';
import type { AdmittedDelivery, LockedGates } from './locked-gates.js';

/** What has happened at a gate since it was last looked at. */
export interface GateNews {
  /** Lines that may have a new first. */
  readonly orderKeys: ReadonlySet<string>;
  /** An attempt of it ended quickly. */
  readonly isQuick: boolean;
  /** Also looks for lines that nobody has named: after a crash, or a change of the subscription. */
  readonly isThorough: boolean;
}

export interface Admitted {
  readonly deliveries: readonly AdmittedDelivery[];
  /** Subscriptions of which more could be let out, or brought in, at once. */
  readonly again: ReadonlySet<string>;
  /** Subscriptions that hold more, for slots that are not given yet. */
  readonly soon: ReadonlySet<string>;
}

interface Decision {
  readonly gate: StoredGate;
  readonly look: LookRow;
  readonly admission: Admission;
}

/** Lets deliveries pass the gates of their subscriptions, as many as each allows. */
@Injectable()
export class GateKeeper {
  constructor(private readonly store: GateStore) {}

  async admit(news: ReadonlyMap<string, GateNews>): Promise<Admitted> {
    const ids = [...news.keys()];
    return this.store.withLocked(ids, async (gates) => {
      const gathered = await gates.gather(ids);
      const cursors = await this.promote(gates, news, gathered);
      const decisions = await this.decide(gates, overfull(gathered));
      const inVain = queueingInVain(decisions);
      if (inVain.length > 0) await gates.unorder(inVain);
      const deliveries = await this.letOut(gates, decisions);
      await gates.write(changed(decisions, { deliveries, news, cursors }));
      return {
        deliveries,
        again: new Set([...overfull(gathered), ...inVain, ...moreAtOnce(decisions, deliveries)]),
        soon: waitingForSlots(decisions),
      };
    });
  }

  /** Returns where the keys of those that have more of them than one pass looks at go on. */
  private async promote(
    gates: LockedGates,
    news: ReadonlyMap<string, GateNews>,
    gathered: readonly Line[],
  ): Promise<Map<string, string>> {
    const named = [...news].flatMap(([subscriptionId, { orderKeys }]) =>
      [...orderKeys].map((orderKey) => ({ subscriptionId, orderKey })),
    );
    const thorough = [...gates.states.values()].filter(({ id }) => news.get(id)?.isThorough);
    const found = thorough.length > 0 ? await gates.keys(thorough) : [];
    await gates.promote(distinct([...named, ...gathered, ...found]));
    return cursorsAfter(found);
  }

  private async decide(gates: LockedGates, except: ReadonlySet<string>): Promise<Decision[]> {
    const looks = await gates.look([...gates.states.keys()]);
    return looks.flatMap((look) => {
      const gate = gates.states.get(look.id);
      if (!gate) return [];
      const load = {
        underWay: countsPlaces(gate, look) ? look.under_way : 0,
        isHolding: look.is_holding,
        nowMs: look.now_ms,
      };
      // What is still outside may be older than what waits inside.
      const decided: Admission = except.has(look.id)
        ? { kind: 'wait' }
        : admission(gate, look, load);
      return [{ gate, look, admission: decided }];
    });
  }

  private async letOut(
    gates: LockedGates,
    decisions: readonly Decision[],
  ): Promise<AdmittedDelivery[]> {
    const admitting = decisions.flatMap(({ gate, look, admission: decided }) =>
      decided.kind === 'admit' ? [{ id: gate.id, nowMs: look.now_ms, admission: decided }] : [],
    );
    const releasing = decisions.filter(
      ({ look, admission: decided }) =>
        decided.kind === 'release' && (look.is_holding || look.is_queueing),
    );
    return [
      ...(admitting.length > 0 ? await gates.admit(admitting) : []),
      ...(releasing.length > 0 ? await gates.release(releasing.map(({ gate }) => gate.id)) : []),
    ];
  }
}

/** Subscriptions of which there is more outside than one step brings in. */
function overfull(gathered: readonly Line[]): Set<string> {
  return new Set([...countsOf(gathered)].flatMap(([id, count]) => (count >= CHUNK ? [id] : [])));
}

/** Those that are gated and have no order, but still have deliveries behind others. */
function queueingInVain(decisions: readonly Decision[]): string[] {
  return decisions
    .filter(({ gate, look }) => look.is_queueing && look.ordering === null && isGated(gate, look))
    .map(({ gate }) => gate.id);
}

function cursorsAfter(found: readonly Line[]): Map<string, string> {
  const counts = countsOf(found);
  const cursors = new Map<string, string>();
  for (const { subscriptionId, orderKey } of found) {
    if ((counts.get(subscriptionId) ?? 0) < KEYS_A_PASS || orderKey === null) continue;
    const last = cursors.get(subscriptionId);
    if (last === undefined || Buffer.compare(Buffer.from(orderKey), Buffer.from(last)) > 0) {
      cursors.set(subscriptionId, orderKey);
    }
  }
  return cursors;
}

/** The gates that are to be written, as they are now. */
function changed(
  decisions: readonly Decision[],
  {
    deliveries,
    news,
    cursors,
  }: {
    deliveries: readonly AdmittedDelivery[];
    news: ReadonlyMap<string, GateNews>;
    cursors: ReadonlyMap<string, string>;
  },
): StoredGate[] {
  const admitted = countsOf(deliveries);
  const firsts = new Map(deliveries.map((delivery) => [delivery.subscriptionId, delivery.id]));
  return decisions.flatMap(({ gate, look, admission: decided }) => {
    const count = admitted.get(gate.id) ?? 0;
    const { isQuick = false, isThorough = false } = news.get(gate.id) ?? {};
    const isIdle = !look.is_holding && look.under_way === 0;
    const next: GateState = {
      ...afterAdmission(gate, decided, { count, firstId: firsts.get(gate.id), nowMs: look.now_ms }),
      slowedTo: slowedToAfter(gate.slowedTo, { isQuick, isIdle }),
    };
    const keyCursor = isThorough ? (cursors.get(gate.id) ?? null) : gate.keyCursor;
    const isSame =
      next.circuit === gate.circuit &&
      next.nextSlotMs === gate.nextSlotMs &&
      next.slowedTo === gate.slowedTo &&
      keyCursor === gate.keyCursor;
    return isSame ? [] : [{ ...gate, ...next, keyCursor }];
  });
}

function afterAdmission(
  gate: GateState,
  decided: Admission,
  { count, firstId, nowMs }: { count: number; firstId: string | undefined; nowMs: number },
): Pick<GateState, 'circuit' | 'nextSlotMs'> {
  const { circuit, nextSlotMs } = gate;
  if (decided.kind !== 'admit' || count === 0) return { circuit, nextSlotMs };
  return {
    circuit: decided.isProbe && firstId ? withProbe(circuit, firstId, nowMs) : circuit,
    nextSlotMs: decided.stepMs > 0 ? decided.firstSlotMs + count * decided.stepMs : nextSlotMs,
  };
}

/** Let out as many as one step does: there may be more. */
function moreAtOnce(
  decisions: readonly Decision[],
  deliveries: readonly AdmittedDelivery[],
): string[] {
  const counts = countsOf(deliveries);
  return decisions.flatMap(({ gate }) => ((counts.get(gate.id) ?? 0) >= CHUNK ? [gate.id] : []));
}

function waitingForSlots(decisions: readonly Decision[]): Set<string> {
  return new Set(
    decisions.flatMap(({ gate, look }) =>
      look.is_holding && look.enabled && look.limits?.rate ? [gate.id] : [],
    ),
  );
}

function distinct(lines: readonly Line[]): Line[] {
  return [
    ...new Map(lines.map((line) => [`${line.subscriptionId}\0${line.orderKey}`, line])).values(),
  ];
}

function countsOf(items: readonly { readonly subscriptionId: string }[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { subscriptionId } of items) {
    counts.set(subscriptionId, (counts.get(subscriptionId) ?? 0) + 1);
  }
  return counts;
}
