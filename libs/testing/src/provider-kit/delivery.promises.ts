import assert from 'node:assert/strict';
import type { DeliveryOutcome } from '@nest-integrations/core';
import type { Answer, ReceivedRequest } from '../receiver.js';
import type { ProviderPromise } from './promise.js';
import type { ProviderBench } from './provider-bench.js';
import type { OutcomeKind, ServiceSubject, Situation } from './provider-subject.js';

const HTTP: Readonly<Record<Situation, { answer: Answer; outcome: OutcomeKind; name: string }>> = {
  rateLimited: { answer: { status: 429 }, outcome: 'retry', name: 'it is told to slow down' },
  unauthorized: { answer: { status: 401 }, outcome: 'retry', name: 'its credentials have expired' },
  serverError: { answer: { status: 503 }, outcome: 'retry', name: 'the service is in trouble' },
  networkError: { answer: { instead: 'reset' }, outcome: 'retry', name: 'the connection breaks' },
  timeout: { answer: { instead: 'never' }, outcome: 'retry', name: 'no answer comes in time' },
  malformed: {
    answer: { status: 200, body: '<html>' },
    outcome: 'retry',
    name: 'the answer is not the service’s own',
  },
};
const SITUATIONS = ['unauthorized', 'serverError', 'networkError', 'timeout', 'malformed'] as const;
const SHORT_MS = 300;
const WAIT_SECONDS = 7;
const DATE_SECONDS = 120;

/** What comes of a call, whatever happens to it. */
export function deliveryPromises(service: ServiceSubject): ProviderPromise[] {
  return [
    {
      name: 'delivers, and says what was made',
      check: async (bench) => {
        const outcome = await bench.attempt();
        assert.equal(outcome.kind, 'delivered', reasonOf(outcome));
        assert.ok(bench.deliveries.length > 0, 'the service received nothing');
        if (outcome.kind !== 'delivered') return;
        const { externalId, externalUrl } = service.delivered ?? {};
        if (externalId) assert.match(outcome.externalId ?? '', externalId);
        if (externalUrl) assert.match(outcome.externalUrl ?? '', externalUrl);
      },
    },
    ...SITUATIONS.map((situation) => situationPromise(situation, service)),
    {
      name: 'waits as long as it is asked to, in seconds',
      check: async (bench) => {
        bench.answer(
          service.rateLimit?.(WAIT_SECONDS) ?? retryAfter(String(WAIT_SECONDS), service),
        );
        waits(await bench.attempt(), WAIT_SECONDS);
      },
    },
    {
      name: 'waits as long as it is asked to, until a date',
      check: async (bench) => {
        const at = new Date(Date.now() + DATE_SECONDS * 1_000).toUTCString();
        bench.answer(retryAfter(at, service));
        waits(await bench.attempt(), DATE_SECONDS);
      },
    },
    {
      name: 'shows no secret where the service repeats all that it was sent',
      check: async (bench) => {
        for (const status of [200, 400, 401, 500]) {
          bench.answer((request) => ({ status, body: repeated(request) }));
          await bench.attempt();
        }
      },
    },
    ...repeatPromises(service),
  ];
}

function situationPromise(situation: Situation, service: ServiceSubject): ProviderPromise {
  const {
    answer,
    outcome: kind,
    name,
  } = { ...HTTP[situation], ...service.situations?.[situation] };
  return {
    name: `${VERBS[kind]} where ${name}`,
    check: async (bench) => {
      bench.answer(answer);
      const outcome = await bench.attempt(situation === 'timeout' ? { timeoutMs: SHORT_MS } : {});
      assert.equal(outcome.kind, kind, reasonOf(outcome));
      assert.ok(bench.deliveries.length > 0, 'the service received nothing');
      if (outcome.kind !== 'delivered')
        assert.ok(outcome.reason.trim() !== '', 'it says no reason');
    },
  };
}

function repeatPromises({ repeatKey }: ServiceSubject): ProviderPromise[] {
  if (!repeatKey) return [];
  return [
    {
      name: 'lets the service know a repeated delivery, and tell it from another',
      check: async (bench) => {
        bench.answer({ instead: 'reset' });
        await bench.attempt();
        const lost = keysOf(bench, repeatKey);
        bench.answer(null);
        const outcome = await bench.attempt({ attempt: 2 });
        assert.equal(outcome.kind, 'delivered', reasonOf(outcome));
        const [, ...again] = keysOf(bench, repeatKey);
        assert.ok(lost[0], 'there is no key to know it by');
        assert.equal(again[0], lost[0]);
        const event = bench.event('01990000-0000-7000-8000-000000000002');
        await bench.attempt({ event });
        assert.notEqual(keysOf(bench, repeatKey).at(-1), lost[0]);
      },
    },
  ];
}

function keysOf(
  { deliveries }: ProviderBench,
  repeatKey: (request: ReceivedRequest) => string | undefined,
): (string | undefined)[] {
  return deliveries.map(repeatKey);
}

const VERBS: Readonly<Record<OutcomeKind, string>> = {
  delivered: 'has delivered',
  retry: 'tries again',
  rejected: 'gives up',
};

function retryAfter(value: string, { situations }: ServiceSubject): Answer {
  const { answer } = { ...HTTP.rateLimited, ...situations?.rateLimited };
  return { ...answer, headers: { ...answer.headers, 'retry-after': value } };
}

/** Dates are in whole seconds, and some time goes by. */
function waits(outcome: DeliveryOutcome, seconds: number): void {
  assert.equal(outcome.kind, 'retry', reasonOf(outcome));
  const afterMs = outcome.kind === 'retry' ? (outcome.afterMs ?? 0) : 0;
  const isRight = afterMs > (seconds - 5) * 1_000 && afterMs <= (seconds + 1) * 1_000;
  assert.ok(isRight, `asked to wait ${seconds} s, it waits ${afterMs} ms`);
}

function reasonOf(outcome: DeliveryOutcome): string {
  return outcome.kind === 'delivered' ? 'it was delivered' : outcome.reason;
}

function repeated({ method, path, headers, body }: ReceivedRequest): string {
  return JSON.stringify({ error: `${method} ${path}`, headers, body: body.toString() });
}
