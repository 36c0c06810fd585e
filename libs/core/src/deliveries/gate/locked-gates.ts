import type { PoolClient } from 'pg';
import { plainArray } from '../../persistence/sql-arrays.js';
import type { DueDelivery } from '../../queue/delivery-queue.js';
import type { Admission } from './admission.js';
import type { GateStatements } from './gate.sql.js';
import {
  toGate,
  toLine,
  type GateRow,
  type Line,
  type LineRow,
  type LookRow,
  type StoredGate,
} from './gate.rows.js';

export interface AdmittedDelivery extends DueDelivery {
  readonly subscriptionId: string;
}

interface AdmittedRow {
  readonly subscription_id: string;
  readonly id: string;
  readonly in_ms: number;
}

/** Slots closer than this share one moment, and so one job. */
const TICK_MS = 20;

/** Gates under their locks. */
export class LockedGates {
  readonly states = new Map<string, StoredGate>();

  constructor(
    private readonly client: PoolClient,
    private readonly sql: GateStatements,
  ) {}

  /** Makes those that are not there. */
  async lock(ids: readonly string[]): Promise<void> {
    await this.read(ids);
    const missing = ids.filter((id) => !this.states.has(id));
    if (missing.length === 0) return;
    await this.run('create', [plainArray(missing.toSorted())]);
    await this.read(missing);
  }

  /** Up to a chunk for each; returns the lines that got longer. */
  async gather(ids: readonly string[]): Promise<Line[]> {
    return (await this.run<LineRow>('gather', [plainArray(ids)])).map(toLine);
  }

  /** Some of the keys that have deliveries behind, of each from its cursor on. */
  async keys(gates: readonly StoredGate[]): Promise<Line[]> {
    const rows = await this.run<LineRow>('keys', [
      plainArray(gates.map(({ id }) => id)),
      gates.map(({ keyCursor }) => keyCursor ?? ''),
    ]);
    return rows.map(toLine);
  }

  async promote(lines: readonly Line[]): Promise<void> {
    const keyed = lines.filter(({ orderKey }) => orderKey !== null);
    if (keyed.length === 0) return;
    await this.run('promote', [
      plainArray(keyed.map(({ subscriptionId }) => subscriptionId)),
      keyed.map(({ orderKey }) => orderKey),
      plainArray([...new Set(keyed.map(({ subscriptionId }) => subscriptionId))]),
    ]);
  }

  async look(ids: readonly string[]): Promise<LookRow[]> {
    return this.run<LookRow>('look', [plainArray(ids)]);
  }

  /** Up to a chunk for each. */
  async unorder(ids: readonly string[]): Promise<void> {
    await this.run('unorder', [plainArray(ids)]);
  }

  async admit(
    admissions: readonly {
      readonly id: string;
      readonly nowMs: number;
      readonly admission: Extract<Admission, { kind: 'admit' }>;
    }[],
  ): Promise<AdmittedDelivery[]> {
    const rows = await this.run<AdmittedRow>('admit', [
      plainArray(admissions.map(({ id }) => id)),
      plainArray(admissions.map(({ admission }) => admission.count)),
      plainArray(admissions.map(({ admission }) => admission.firstSlotMs)),
      plainArray(admissions.map(({ admission }) => admission.stepMs)),
      TICK_MS,
      plainArray(admissions.map(({ nowMs }) => nowMs)),
    ]);
    return rows.map(toAdmitted);
  }

  /** Up to a chunk for each. */
  async release(ids: readonly string[]): Promise<AdmittedDelivery[]> {
    return (await this.run<AdmittedRow>('release', [plainArray(ids)])).map(toAdmitted);
  }

  async write(gates: readonly StoredGate[]): Promise<void> {
    if (gates.length === 0) return;
    await this.run('write', [
      plainArray(gates.map(({ id }) => id)),
      plainArray(gates.map(({ circuit }) => circuit.state)),
      plainArray(gates.map(({ circuit }) => circuit.untilMs)),
      plainArray(gates.map(({ circuit }) => circuit.opened)),
      plainArray(gates.map(({ circuit }) => circuit.probeId)),
      plainArray(gates.map(({ nextSlotMs }) => nextSlotMs)),
      plainArray(gates.map(({ slowedTo }) => slowedTo)),
      gates.map(({ keyCursor }) => keyCursor),
    ]);
  }

  private async read(ids: readonly string[]): Promise<void> {
    for (const row of await this.run<GateRow>('lock', [plainArray(ids)])) {
      this.states.set(row.id, toGate(row));
    }
  }

  private async run<Row extends object>(
    name: keyof GateStatements,
    values: unknown[],
  ): Promise<Row[]> {
    const { rows } = await this.client.query<Row>({
      name: `gate.${name}`,
      text: this.sql[name],
      values,
    });
    return rows;
  }
}

function toAdmitted({ subscription_id, id, in_ms }: AdmittedRow): AdmittedDelivery {
  return { subscriptionId: subscription_id, id, inMs: Math.ceil(in_ms) };
}
