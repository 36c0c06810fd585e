import { accountPromises } from './account.promises.js';
import { deliveryPromises } from './delivery.promises.js';
import { ProviderBench } from './provider-bench.js';
import type { ProviderSubject } from './provider-subject.js';
import { schemaPromises } from './schema.promises.js';

/** Of your test runner: those of Vitest, Jest, Mocha and `node:test` all fit. */
export interface TestFunctions {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => Promise<void>) => unknown;
}

/**
 * The promises that every provider keeps, as tests: configs survive the database, secrets are seen
 * nowhere, whatever the service answers becomes the right outcome, `Retry-After` is obeyed.
 */
export function describeProvider(subject: ProviderSubject, { describe, it }: TestFunctions): void {
  const { service } = subject;
  const promises = [
    ...schemaPromises(subject),
    ...(service ? [...deliveryPromises(service), ...accountPromises(service)] : []),
  ];
  for (const setup of Object.keys(subject.setups)) {
    describe(`the provider ${subject.name}, set up ${setup}`, () => {
      for (const { name, check } of promises) {
        it(name, () => ProviderBench.with(subject, setup, check));
      }
    });
  }
}
