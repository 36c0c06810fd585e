import { Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { CircleCheck, Clock, TriangleAlert } from 'lucide-react';
import { answer, api } from '../api/client';
import { keys } from '../api/query-keys';
import type { SecretKey } from '../api/types';
import type { Column } from '../parts/keyset-table';
import { PlainTable } from '../parts/plain-table';
import { Badge } from '../parts/status-badge';
import { OperationSection } from './operation-section';

/** Which keys stored secrets are encrypted with, and what is to be done about old ones. */
export function SecretKeys() {
  const query = useQuery({
    queryKey: keys.secretKeys(),
    queryFn: ({ signal }) => answer(api.GET('/secret-keys', { signal })),
  });
  return (
    <OperationSection title="Secret keys" query={query}>
      {query.data && (
        <Stack gap="sm">
          <PlainTable
            label="Secret keys"
            items={query.data.items}
            columns={COLUMNS}
            idOf={({ keyId }) => keyId}
          />
          <Hint secretKeys={query.data.items} />
        </Stack>
      )}
    </OperationSection>
  );
}

function Hint({ secretKeys }: { readonly secretKeys: readonly SecretKey[] }) {
  const older = secretKeys.filter(({ isPrimary }) => !isPrimary);
  if (older.some(({ isKnown, values }) => isKnown && values > 0)) {
    return (
      <Text size="sm">
        <code>npm run secrets:rotate</code> brings what is under an older key under the primary one,
        while everything runs. A key with no values left can then be taken out of the options.
      </Text>
    );
  }
  return (
    <Text size="sm">
      For a new key, put it first in <code>secrets.keys</code>, start, and run{' '}
      <code>npm run secrets:rotate</code>.
    </Text>
  );
}

const COLUMNS: readonly Column<SecretKey>[] = [
  { id: 'key', title: 'Key', cell: ({ keyId }) => <code>{keyId}</code> },
  { id: 'use', title: 'Use', cell: (key) => <Use secretKey={key} /> },
  {
    id: 'values',
    title: 'Values under it',
    isNumber: true,
    cell: ({ values }) => values.toLocaleString(),
  },
];

function Use({ secretKey: { isPrimary, isKnown, values } }: { readonly secretKey: SecretKey }) {
  if (!isKnown) return <Badge tone="bad" icon={TriangleAlert} label="Missing: can’t be read" />;
  if (isPrimary) return <Badge tone="good" icon={CircleCheck} label="Primary" />;
  return values > 0 ? (
    <Badge tone="warn" icon={Clock} label="To be rotated" />
  ) : (
    <Badge tone="still" icon={CircleCheck} label="Can be taken out" />
  );
}
