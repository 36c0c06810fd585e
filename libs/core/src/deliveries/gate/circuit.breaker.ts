import { Inject, Injectable, Logger } from '@nestjs/common';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../../integration-options.js';
import type { DeliveryOutcome } from '../../providers/delivery-outcome.js';
import type { Lease } from '../lease.store.js';
import {
  afterFailures,
  afterProbe,
  afterUnspentProbe,
  FailureRuns,
  isReceiverFailure,
  type Circuit,
  type CircuitSettings,
} from './circuit.js';
import { GateStore } from './gate.store.js';

/**
 * Leaves a receiver alone that keeps failing. The runs of failures are counted in memory, in each
 * process: an attempt for a healthy receiver writes nothing for it.
 */
@Injectable()
export class CircuitBreaker {
  private readonly logger = new Logger('IntegrationDeliveries');
  private readonly settings: CircuitSettings;
  private readonly runs: FailureRuns;

  constructor(
    private readonly store: GateStore,
    @Inject(RESOLVED_OPTIONS) { worker }: ResolvedIntegrationOptions,
  ) {
    this.settings = worker.circuit;
    this.runs = new FailureRuns(worker.circuit.failures);
  }

  /** Resolves with true where the circuit moved. Never rejects: what could not be written is logged. */
  async note(lease: Lease, outcome: DeliveryOutcome): Promise<boolean> {
    const failed = isReceiverFailure(outcome);
    if (lease.isProbe) return this.probed(lease, failed);
    if (!failed) {
      this.runs.succeeded(lease.subscriptionId);
      return false;
    }
    if (!this.runs.failed(lease.subscriptionId)) return false;
    return this.move(lease, (circuit, nowMs) => afterFailures(circuit, nowMs, this.settings));
  }

  /** Takes note of an attempt that never reached the receiver, and so says nothing of it. */
  async noteUnsent(lease: Lease): Promise<boolean> {
    const { deliveryId, isProbe } = lease;
    if (!isProbe) return false;
    return this.move(lease, (circuit, nowMs) => afterUnspentProbe(circuit, deliveryId, nowMs));
  }

  private async probed(lease: Lease, failed: boolean): Promise<boolean> {
    const { deliveryId } = lease;
    return this.move(lease, (circuit, nowMs) =>
      afterProbe(circuit, { deliveryId, failed }, { nowMs, settings: this.settings }),
    );
  }

  private async move(
    { subscriptionId, deliveryId }: Lease,
    next: (circuit: Circuit, nowMs: number) => Circuit | null,
  ): Promise<boolean> {
    try {
      const circuit = await this.store.withLocked([subscriptionId], async (gates) => {
        const gate = gates.states.get(subscriptionId);
        const moved = gate ? next(gate.circuit, gate.nowMs) : null;
        if (gate && moved) await gates.write([{ ...gate, circuit: moved }]);
        return moved && gate && { ...moved, nowMs: gate.nowMs };
      });
      if (!circuit) return false;
      this.logger.warn({
        event:
          circuit.state === 'open' ? 'subscription.circuit_opened' : 'subscription.circuit_closed',
        subscriptionId,
        deliveryId,
        opened: circuit.opened,
        forMs: circuit.untilMs === null ? null : Math.round(circuit.untilMs - circuit.nowMs),
      });
      return true;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.error({ event: 'subscription.circuit_not_moved', subscriptionId, reason });
      return false;
    }
  }
}
