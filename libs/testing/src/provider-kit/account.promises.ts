import assert from 'node:assert/strict';
import { UpstreamError } from '@nest-integrations/core';
import type { ProviderPromise } from './promise.js';
import type { ServiceSubject } from './provider-subject.js';

/** What an admin is told while setting up. */
export function accountPromises({ options = {} }: ServiceSubject): ProviderPromise[] {
  return [
    {
      name: 'lists the options of each field that has some',
      check: async ({ trial, setup }) => {
        const named = Object.keys(options).toSorted();
        const hint = '`service.options` must name each field that has @OptionsFor, and no other';
        assert.deepEqual(named, trial.optionFields.toSorted(), hint);
        for (const [field, { options: expected, ...query }] of Object.entries(options)) {
          const answer = trial.options(setup, { field, ...query });
          if (expected instanceof RegExp) await assert.rejects(answer, { message: expected });
          else assert.deepEqual((await answer).options, expected);
        }
      },
    },
    {
      name: 'says why options can’t be listed, and no secret with it',
      check: async (bench) => {
        bench.answer({ status: 401, body: JSON.stringify({ message: 'no' }) });
        for (const [field, { values = {} }] of Object.entries(options)) {
          await assert.rejects(bench.options({ field, values }), (error) => {
            assert.ok(error instanceof UpstreamError && error.message.trim() !== '');
            bench.showsNoSecret(error.message, 'the message');
            return true;
          });
        }
      },
    },
    {
      name: 'tests a connection, and says what is wrong with it',
      check: async (bench) => {
        const { trial, setup } = bench;
        if (!trial.canTestConnections || setup.connection === undefined) return;
        const good = await trial.testConnection(setup.connection, setup);
        assert.ok(good.ok, good.message);
        const before = bench.requests;
        bench.answer({ status: 401, body: '{}' });
        const bad = await trial.testConnection(setup.connection, setup);
        // One that can't ask without doing something says so.
        assert.equal(bad.ok, bench.requests === before, bad.message);
        assert.ok(bad.message.trim() !== '');
        bench.showsNoSecret(bad, 'the message');
      },
    },
  ];
}
