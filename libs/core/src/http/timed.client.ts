import { Client, type Dispatcher } from 'undici';
import { ConnectionTimings } from './connection-timings.js';
import type { GuardedConnector } from './guarded-connector.js';

/** The connection that a client holds or is opening. */
export class ConnectionSlot {
  private opened: ConnectionTimings | null = null;

  open(): ConnectionTimings {
    return (this.opened = new ConnectionTimings());
  }

  /** For the call that the connection was opened for, and no later one. */
  take(): ConnectionTimings | null {
    const { opened } = this;
    this.opened = null;
    return opened;
  }
}

/** What a pool is given to send. Whoever sends it can be told which connection it got. */
export interface TimedDispatchOptions extends Dispatcher.DispatchOptions {
  readonly onAssigned?: (slot: ConnectionSlot) => void;
}

/** One connection of a pool, that tells a call how long it took to open. */
export class TimedClient extends Client {
  private readonly slot: ConnectionSlot;

  constructor(origin: URL, options: Client.Options, connector: GuardedConnector) {
    const slot = new ConnectionSlot();
    super(origin, {
      ...options,
      connect: (target, done) => connector.connect(target, slot.open(), done),
    });
    this.slot = slot;
  }

  override dispatch(options: TimedDispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    options.onAssigned?.(this.slot);
    return super.dispatch(options, handler);
  }
}
