import { Alert, Button, Group, Modal, Select, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { answer, api } from '../api/client';
import { keys } from '../api/query-keys';
import { mounted } from '../api/mounted';
import type { Provider } from '../api/types';
import { ConnectionForm } from '../connections/connection-form';

interface ConnectionFieldProps {
  readonly provider: Provider;
  readonly connectionId: string | null;
  readonly onChange: (connectionId: string | null) => void;
  readonly error?: string | undefined;
}

const MAX_SHOWN = 200;

/** Which of the provider's connections to deliver by; a new one is made in place. */
export function ConnectionField({ provider, connectionId, onChange, error }: ConnectionFieldProps) {
  const [isMaking, making] = useDisclosure();
  const queries = useQueryClient();
  const query = { provider: provider.id, limit: MAX_SHOWN };
  const connections = useQuery({
    queryKey: keys.connections(query),
    queryFn: ({ signal }) => answer(api.GET('/connections', { params: { query }, signal })),
  });
  const items = connections.data?.items ?? [];
  const isOptional = provider.connection?.isOptional === true;
  return (
    <div>
      <Group align="flex-end" gap="xs">
        <Select
          label="Connection"
          description={`The ${provider.displayName} account that is used.`}
          data={items.map(({ id, name }) => ({ value: id, label: name }))}
          value={connectionId}
          onChange={onChange}
          error={error}
          required={!isOptional}
          clearable={isOptional}
          allowDeselect={isOptional}
          searchable
          placeholder={connections.isPending ? 'Loading…' : 'Choose'}
          nothingFoundMessage="There is none yet"
          style={{ flex: 1 }}
          maw={420}
        />
        {mounted.canManage && (
          <Button
            variant="default"
            leftSection={<Plus size={14} aria-hidden />}
            onClick={making.open}
          >
            New connection
          </Button>
        )}
      </Group>
      {connections.data && items.length === 0 && !isOptional && (
        <Text size="sm" c="dimmed" mt={6}>
          {provider.displayName} has no connection yet: make one to go on.
        </Text>
      )}
      {connections.error && (
        <Alert color="red" mt="xs" title="The connections could not be loaded">
          <Button size="compact-sm" variant="default" onClick={() => void connections.refetch()}>
            Try again
          </Button>
        </Alert>
      )}
      <Modal
        opened={isMaking}
        onClose={making.close}
        title={`New ${provider.displayName} connection`}
        size="lg"
      >
        <ConnectionForm
          provider={provider}
          stored={null}
          onCancel={making.close}
          onSaved={async ({ id }) => {
            await queries.invalidateQueries({ queryKey: ['connections'] });
            onChange(id);
            making.close();
          }}
        />
      </Modal>
    </div>
  );
}
