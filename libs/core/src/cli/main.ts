#!/usr/bin/env node
import 'reflect-metadata';
import { IntegrationDataSource } from '../persistence/integration-data-source.js';
import {
  SecretRotation,
  type SecretKeyUse,
  type SecretRotationReport,
} from '../rotation/secret.rotation.js';
import { readRotationSettings } from './rotation-settings.js';

const USAGE = `nest-integrations secrets:status   counts the stored secrets by key
nest-integrations secrets:rotate   brings them under the first key, while everything runs

  DATABASE_URL, DATABASE_SCHEMA     the database; the schema is integration by default
  INTEGRATION_KEYS                  id:base64, the first encrypts: put the new key there
  INTEGRATION_KEYS_FILE             instead of INTEGRATION_KEYS: a JSON list of { id, key }
`;

try {
  process.exitCode = await run(process.argv[2]);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}

/** 0: done; 1: done, with values that no key opens; 2: not done. */
async function run(command: string | undefined): Promise<number> {
  if (command !== 'secrets:status' && command !== 'secrets:rotate') {
    process.stderr.write(USAGE);
    return 2;
  }
  const { url, schema, ring } = readRotationSettings(process.env);
  const dataSource = new IntegrationDataSource(schema ? { url, schema } : { url });
  await dataSource.initialize();
  try {
    const rotation = new SecretRotation(dataSource, ring);
    if (command === 'secrets:rotate') return tell(await rotation.rotate());
    process.stdout.write(table(await rotation.usage()));
    return 0;
  } finally {
    await dataSource.destroy();
  }
}

function tell({ rotated, unreadable, keys, removableKeys }: SecretRotationReport): number {
  process.stdout.write(`${rotated} subscriptions rotated\n${table(keys)}`);
  for (const key of removableKeys) {
    process.stdout.write(
      `Nothing is stored under ${key} any more. Take it out once no process encrypts with it.\n`,
    );
  }
  for (const { holder, id, reason } of unreadable) {
    process.stderr.write(`${holder} ${id}: ${reason}\n`);
  }
  return unreadable.length > 0 ? 1 : 0;
}

function table(keys: readonly SecretKeyUse[]): string {
  return keys
    .map(({ keyId, isPrimary, isKnown, values }) => {
      const remark = isPrimary ? ' (encrypts)' : isKnown ? '' : ' (NOT GIVEN: cannot be read)';
      return `  ${keyId}: ${values} values${remark}\n`;
    })
    .join('');
}
