import { Group, Modal, Text, TextInput, UnstyledButton } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { ScrollText } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { answer, api } from '../api/client';
import { keys } from '../api/query-keys';
import type { AuditEntry } from '../api/types';
import { EmptyState } from '../parts/empty-state';
import { JsonDiff } from '../parts/json-diff';
import { KeysetTable, type Column } from '../parts/keyset-table';
import { Screen } from '../parts/screen';
import { Time } from '../parts/time';
import { useKeysetPage } from '../parts/use-keyset-page';
import { setOnly, useUrlFilters } from '../parts/use-url-filters';
import { labelOf } from '../schema-form/form-schema';
import { OperationTabs } from './operation-tabs';

const FILTERS = ['actor', 'operation', 'subjectType', 'subjectId'] as const;

/** Who changed what: before and after, without secrets. */
export function Component() {
  const [filters, change] = useUrlFilters(FILTERS);
  const [shown, setShown] = useState<AuditEntry | null>(null);
  const page = useKeysetPage({
    key: keys.auditLog(filters),
    fetch: (cursor, signal) =>
      answer(
        api.GET('/audit-log', {
          params: { query: { ...setOnly(filters), ...(cursor !== undefined && { cursor }) } },
          signal,
        }),
      ),
  });
  return (
    <Screen title="Operations" description="What goes on behind the deliveries.">
      <OperationTabs tab="audit-log" />
      <Group gap="xs">
        <FilterField label="Actor" value={filters.actor} onChange={(actor) => change({ actor })} />
        <FilterField
          label="Operation"
          value={filters.operation}
          onChange={(operation) => change({ operation })}
        />
        <FilterField
          label="Id of what was changed"
          value={filters.subjectId}
          onChange={(subjectId) => change({ subjectId })}
        />
      </Group>
      <KeysetTable
        label="Audit log"
        page={page}
        columns={columnsWith(setShown)}
        idOf={({ id }) => id}
        nameOf={({ operation }) => operation}
        empty={
          <EmptyState icon={ScrollText} title="No change is on record">
            Every change by an admin is written here, with who made it. Filters must match as a
            whole.
          </EmptyState>
        }
      />
      <Modal
        opened={shown !== null}
        onClose={() => setShown(null)}
        title={shown ? labelOf(shown.operation, {}) : ''}
        size="xl"
      >
        {shown && (
          <>
            <Text size="sm" mb="sm">
              {shown.actor ?? 'The app itself'}, <Time at={shown.at} as="clock" />
            </Text>
            <JsonDiff before={shown.before} after={shown.after} label="what changed" />
          </>
        )}
      </Modal>
    </Screen>
  );
}

interface FilterFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function FilterField({ label, value, onChange }: FilterFieldProps) {
  const [text, setText] = useState(value);
  const tell = useDebouncedCallback(onChange, 300);
  return (
    <TextInput
      aria-label={label}
      placeholder={label}
      value={text}
      onBlur={() => tell.flush()}
      onChange={({ currentTarget }) => {
        setText(currentTarget.value);
        tell(currentTarget.value.trim());
      }}
      style={{ flex: '1 1 160px' }}
    />
  );
}

function columnsWith(show: (entry: AuditEntry) => void): readonly Column<AuditEntry>[] {
  return [
    { id: 'at', title: 'When', cell: ({ at }) => <Time at={at} /> },
    {
      id: 'actor',
      title: 'Who',
      cell: ({ actor }) => actor ?? <span style={{ opacity: 0.75 }}>the app</span>,
    },
    {
      id: 'operation',
      title: 'What',
      cell: (entry) => (
        <UnstyledButton className="link" onClick={() => show(entry)}>
          {labelOf(entry.operation, {})}
        </UnstyledButton>
      ),
    },
    { id: 'subject', title: 'On', from: 'sm', cell: (entry) => <Subject entry={entry} /> },
  ];
}

function Subject({
  entry: { subjectType, subjectId, before, after },
}: {
  readonly entry: AuditEntry;
}) {
  const name = nameIn(after) ?? nameIn(before) ?? subjectId ?? '';
  const area = AREAS[subjectType];
  const text = `${subjectType} ${name}`;
  return area !== undefined && subjectId !== null && after !== null ? (
    <Link to={`/${area}/${subjectId}`}>{text}</Link>
  ) : (
    <>{text}</>
  );
}

const AREAS: Readonly<Record<string, string>> = {
  subscription: 'subscriptions',
  connection: 'connections',
  delivery: 'deliveries',
  event: 'events',
  replay: 'operations/replays',
};

function nameIn(record: unknown): string | null {
  if (typeof record !== 'object' || record === null || !('name' in record)) return null;
  return typeof record.name === 'string' ? record.name : null;
}
