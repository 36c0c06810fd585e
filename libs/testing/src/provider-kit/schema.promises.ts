import assert from 'node:assert/strict';
import { InvalidInputError, type JsonSchema, type TrialConfig } from '@nest-integrations/core';
import type { ProviderPromise } from './promise.js';
import type { ProviderBench } from './provider-bench.js';
import type { ProviderSubject } from './provider-subject.js';

/** Last word of a name that is given to secrets. */
const SOUNDS_SECRET =
  /(token|secret|password|passphrase|credentials?|(api|private|access|routing|genie)_?key)$/i;

/** What is kept of config and connection. */
export function schemaPromises({ notSecret = [] }: ProviderSubject): ProviderPromise[] {
  return [
    {
      name: 'reads a config and a connection from the database as they were saved',
      check: async (bench) => {
        for (const { parsed, read, kept } of savedBy(bench)) {
          assert.deepEqual(read, parsed);
          assert.deepEqual(kept, parsed, 'saving it again without its secrets must keep them');
        }
      },
    },
    {
      name: 'applies its defaults once: what is parsed parses to itself',
      check: async (bench) => {
        const { parsed } = bench.trial.config(bench.setup.config);
        assert.deepEqual(bench.trial.config(parsed).parsed, parsed);
      },
    },
    {
      name: 'refuses a field that it does not know, naming it',
      check: async (bench) => {
        const given = { ...Object(bench.setup.config), noSuchField: 1 };
        assert.throws(() => bench.trial.config(given), refusing(/noSuchField/));
        if (bench.setup.connection === undefined) return;
        const account = { ...Object(bench.setup.connection), noSuchField: 1 };
        assert.throws(() => bench.trial.connection(account), refusing(/noSuchField/));
      },
    },
    {
      name: 'encrypts its secrets, and shows them to no admin',
      check: async (bench) => {
        const { secrets = [], connection } = bench.setup;
        const { config } = bench.setup;
        for (const [root, saved] of [
          ['config', bench.trial.config(config)] as const,
          ...(connection === undefined
            ? []
            : [['connection', bench.trial.connection(connection)] as const]),
        ]) {
          bench.showsNoSecret(saved.stored, `the stored ${root}`);
          bench.showsNoSecret(saved.shown, `the shown ${root}`);
          const expected = secrets
            .filter((path) => path.startsWith(`${root}.`))
            .map((path) => path.slice(root.length + 1));
          assert.deepEqual(saved.shown.secrets.toSorted(), expected.toSorted());
        }
      },
    },
    {
      name: 'marks as secret whatever is named like one',
      check: async (bench) => {
        const { configSchema, connection } = bench.trial.provider;
        const unmarked = [
          ...unmarkedSecrets(configSchema, 'config'),
          ...(connection ? unmarkedSecrets(connection.jsonSchema, 'connection') : []),
        ].filter((path) => !notSecret.includes(path));
        assert.deepEqual([...new Set(unmarked)], []);
      },
    },
    {
      name: 'never takes a template that can’t be read for an outage',
      check: async (bench) => {
        const { properties = {} } = bench.trial.provider.configSchema;
        const templates = Object.keys(properties).filter(
          (name) => properties[name]?.['x-template'],
        );
        for (const name of templates) {
          const config = { ...Object(bench.setup.config), [name]: '{{ payload.' };
          const outcome = await bench.trial
            .attempt({ ...bench.setup, config }, { event: bench.event() })
            .then(
              (result) => result.outcome.kind,
              (error: unknown) => {
                if (error instanceof InvalidInputError) return 'rejected';
                throw error;
              },
            );
          assert.equal(outcome, 'rejected', `with a broken template in '${name}'`);
        }
      },
    },
  ];
}

function savedBy({ trial, setup }: ProviderBench): TrialConfig[] {
  const { config, connection } = setup;
  return [
    trial.config(config),
    ...(connection === undefined ? [] : [trial.connection(connection)]),
  ];
}

function refusing(what: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof InvalidInputError && what.test(error.message);
}

function unmarkedSecrets(schema: JsonSchema, path: string): string[] {
  const { properties = {}, items, anyOf = [], oneOf = [], allOf = [] } = schema;
  const own = Object.entries(properties).flatMap(([name, property]) => {
    const field = `${path}.${name}`;
    if (property['x-secret'] === true) return [];
    const isText = property.type === 'string' || property.anyOf !== undefined;
    return [
      ...(isText && property.enum === undefined && SOUNDS_SECRET.test(name) ? [field] : []),
      ...unmarkedSecrets(property, field),
    ];
  });
  const inItems = typeof items === 'object' ? unmarkedSecrets(items, `${path}[]`) : [];
  return [
    ...own,
    ...inItems,
    ...[...anyOf, ...oneOf, ...allOf].flatMap((part) => unmarkedSecrets(part, path)),
  ];
}
