import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Subject, type Observable } from 'rxjs';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';

/** A webhook that arrived, as the page shows it. */
export interface InboxEntry {
  readonly number: number;
  readonly receivedAt: string;
  readonly webhookId: string;
  readonly type: string;
  readonly verified: boolean;
  /** Why the signature did not hold; null: it did. */
  readonly refusal: string | null;
  /** The id came before: a retry, or the same event by another subscription. */
  readonly repeated: boolean;
  readonly body: string;
}

export interface ArrivedWebhook {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

const KEPT = 200;
const KEPT_IDS = 10_000;

/** A receiver as a customer would write it: checks the signature, keeps what came. */
@Injectable()
export class InboxService implements BeforeApplicationShutdown {
  private readonly entries: InboxEntry[] = [];
  private readonly ids = new Set<string>();
  private readonly arrivals = new Subject<InboxEntry>();
  private count = 0;
  private secret: string | null = null;

  /** The secret that was agreed on with the sender. */
  trust(secret: string): void {
    this.secret = secret;
  }

  /** Newest first. */
  list(): InboxEntry[] {
    return this.entries.toReversed();
  }

  arrived(): Observable<InboxEntry> {
    return this.arrivals;
  }

  /** Ends the pages' streams: an open one would hold the server until it is cut. */
  beforeApplicationShutdown(): void {
    this.arrivals.complete();
  }

  receive({ body, headers }: ArrivedWebhook): InboxEntry {
    const webhookId = headers['webhook-id'] ?? '';
    const refusal = this.refusalOf(body, headers);
    const entry: InboxEntry = {
      number: ++this.count,
      receivedAt: new Date().toISOString(),
      webhookId,
      type: typeOf(body),
      verified: refusal === null,
      refusal,
      repeated: this.ids.has(webhookId),
      body: body.toString('utf8'),
    };
    this.ids.add(webhookId);
    const [oldestId] = this.ids;
    if (this.ids.size > KEPT_IDS && oldestId !== undefined) this.ids.delete(oldestId);
    this.entries.push(entry);
    if (this.entries.length > KEPT) this.entries.shift();
    this.arrivals.next(entry);
    return entry;
  }

  private refusalOf(body: Buffer, headers: ArrivedWebhook['headers']): string | null {
    if (this.secret === null) return 'No secret is known yet';
    try {
      new Webhook(this.secret).verify(body, { ...headers });
      return null;
    } catch (error) {
      if (error instanceof WebhookVerificationError || error instanceof SyntaxError) {
        return error.message;
      }
      throw error;
    }
  }
}

function typeOf(body: Buffer): string {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    return typeof parsed === 'object' && parsed !== null && 'type' in parsed
      ? String(parsed.type)
      : 'unknown';
  } catch {
    // Shown as it came.
    return 'unknown';
  }
}
