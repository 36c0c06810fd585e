import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';

/** What an admin has asked for, while it is being done. */
export interface AuditedCall {
  readonly actor: string | null;
  /** Operation id of the admin API. */
  readonly operation: string;
  /** What the call is about, where it names it; `null`: it makes something new. */
  readonly subjectId: string | null;
}

interface CallUnderWay extends AuditedCall {
  recorded: boolean;
  ended: boolean;
}

/** Knows on whose behalf something is done, so that whoever writes it need not be told. */
@Injectable()
export class AuditTrail {
  private readonly calls = new AsyncLocalStorage<CallUnderWay>();

  /** Runs a call; `isRecorded` says whether what it did has been written down. */
  async follow<Result>(
    call: AuditedCall,
    run: (isRecorded: () => boolean) => Promise<Result>,
  ): Promise<Result> {
    const underWay: CallUnderWay = { ...call, recorded: false, ended: false };
    try {
      return await this.calls.run(underWay, () => run(() => underWay.recorded));
    } finally {
      // What the call set in motion goes on, and is no longer its doing.
      underWay.ended = true;
    }
  }

  /** The call that a change of this subject is part of. */
  callFor(subjectId: string | null): AuditedCall | null {
    const call = this.calls.getStore();
    if (!call || call.ended) return null;
    return call.subjectId === null || call.subjectId === subjectId ? call : null;
  }

  /** The change of this subject has been written down. */
  noteRecorded(subjectId: string | null): void {
    const call = this.calls.getStore();
    if (call && this.callFor(subjectId)) call.recorded = true;
  }
}
