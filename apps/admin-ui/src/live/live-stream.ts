import { LIVE_TYPES, toLiveMessage, type LiveMessage } from './live-message';

export type Connection = 'connecting' | 'live' | 'broken';

interface Listener {
  message(message: LiveMessage): void;
  connection(connection: Connection): void;
}

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/**
 * The server's stream. A browser reconnects a broken one by itself and says what it has seen; one that
 * was refused it gives up, so that is tried again here, ever more rarely. What was missed then is
 * not known: everything counts as stale.
 */
export class LiveStream {
  private source: EventSource | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private waitMs = FIRST_WAIT_MS;
  private hasMissed = false;

  constructor(
    private readonly url: string,
    private readonly listener: Listener,
  ) {}

  open(): void {
    if (this.source || this.timer !== null) return;
    this.listener.connection('connecting');
    const source = new EventSource(this.url);
    this.source = source;
    source.addEventListener('open', () => {
      this.waitMs = FIRST_WAIT_MS;
      this.listener.connection('live');
      if (this.hasMissed) this.listener.message(toLiveMessage('reset', ''));
      this.hasMissed = false;
    });
    source.addEventListener('error', () => {
      this.listener.connection('broken');
      if (source.readyState === EventSource.CLOSED) this.tryLater();
    });
    for (const type of LIVE_TYPES) {
      source.addEventListener(type, ({ data }: MessageEvent<string>) => {
        this.listener.message(toLiveMessage(type, data));
      });
    }
  }

  close(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.source?.close();
    this.source = null;
    this.hasMissed = true;
  }

  private tryLater(): void {
    this.close();
    this.timer = setTimeout(() => {
      this.timer = null;
      this.open();
    }, this.waitMs);
    this.waitMs = Math.min(this.waitMs * 2, LONGEST_WAIT_MS);
  }
}
