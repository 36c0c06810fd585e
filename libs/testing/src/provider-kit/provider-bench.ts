import assert from 'node:assert/strict';
import {
  DeliveredEvent,
  ProviderTrial,
  type DeliveryOutcome,
  type OptionPage,
  type TrialAttempt,
  type TrialOptionsQuery,
} from '@nest-integrations/core';
import { Receiver, type Answer, type ReceivedRequest } from '../receiver.js';
import type { ProviderSubject, SubjectSetup } from './provider-subject.js';

const ANY: () => Answer = () => ({});

/** One provider on trial before one fake service, for one promise. */
export class ProviderBench {
  readonly setup: SubjectSetup;
  readonly trial: ProviderTrial;
  private readonly service: (request: ReceivedRequest) => Answer;
  private special: ((request: ReceivedRequest) => Answer) | null = null;

  private constructor(
    private readonly subject: ProviderSubject,
    private readonly receiver: Receiver,
    setup: string,
  ) {
    const origin = new URL(receiver.url).origin;
    const make = subject.setups[setup];
    assert.ok(make, `there is no set-up '${setup}'`);
    this.setup = make(origin);
    this.trial = new ProviderTrial(subject.provider(origin), { allow: ['127.0.0.0/8'] });
    this.service = subject.service?.start() ?? ANY;
    receiver.answer((request) => {
      const isDelivery = subject.service?.isDelivery?.(request) ?? true;
      // The fake sees it all the same: what it refuses is a mistake of the request.
      const usual = this.service(request);
      return this.special && isDelivery ? this.special(request) : usual;
    });
  }

  static async with(
    subject: ProviderSubject,
    setup: string,
    use: (bench: ProviderBench) => Promise<void>,
  ): Promise<void> {
    const receiver = await Receiver.start();
    let bench: ProviderBench | undefined;
    try {
      bench = new ProviderBench(subject, receiver, setup);
      await use(bench);
    } finally {
      await bench?.trial.close();
      await receiver.stop();
    }
  }

  /** What was received of deliveries. */
  get deliveries(): ReceivedRequest[] {
    const { isDelivery } = this.subject.service ?? {};
    return this.receiver.requests.filter((request) => isDelivery?.(request) ?? true);
  }

  get requests(): number {
    return this.receiver.requests.length;
  }

  /** From now on deliveries are answered so; null: by the fake again. */
  answer(special: Answer | ((request: ReceivedRequest) => Answer) | null): void {
    this.special = typeof special === 'object' && special !== null ? () => special : special;
  }

  event(id = '01990000-0000-7000-8000-000000000001'): DeliveredEvent {
    const { type, payload } = this.subject.event ?? INCIDENT;
    return new DeliveredEvent(id, type, '2026-01-31T12:00:00.000Z', JSON.stringify(payload));
  }

  /** One attempt; that nothing of it shows a secret is checked at every one. */
  async attempt(given: Partial<TrialAttempt> = {}): Promise<DeliveryOutcome> {
    const attempt = { event: this.event(), timeoutMs: 5_000, ...given };
    const { outcome, exchange } = await this.trial.attempt(this.setup, attempt);
    this.showsNoSecret(outcome, 'the outcome');
    this.showsNoSecret(exchange, 'the recorded exchange');
    return outcome;
  }

  options(query: TrialOptionsQuery): Promise<OptionPage> {
    return this.trial.options(this.setup, query);
  }

  showsNoSecret(shown: unknown, where: string): void {
    const text = JSON.stringify(shown) ?? '';
    for (const secret of this.secretTexts()) {
      // As JSON writes it, too: a secret with line breaks stands there escaped.
      const written = JSON.stringify(secret).slice(1, -1);
      assert.ok(!text.includes(secret) && !text.includes(written), `${where} shows a secret`);
    }
  }

  /** The values of the set-up's secrets. */
  secretTexts(): string[] {
    const { secrets = [], secretTexts = [], config, connection } = this.setup;
    const values = secrets.map((path) => {
      const value = valueAt({ config, connection }, path);
      assert.ok(typeof value === 'string', `the set-up has no text at its secret '${path}'`);
      return value;
    });
    return [...values, ...secretTexts];
  }
}

const INCIDENT: NonNullable<ProviderSubject['event']> = {
  type: 'incident.created',
  payload: { incident: { id: 'INC-1', title: 'Checkout is down', severity: 'high', open: true } },
};

function valueAt(value: unknown, path: string): unknown {
  return path
    .split(/[.[\]]+/)
    .filter((name) => name !== '')
    .reduce<unknown>(
      (current, name) =>
        typeof current === 'object' && current !== null ? Reflect.get(current, name) : undefined,
      value,
    );
}
