import {
  Badge,
  Button,
  Group,
  Paper,
  SimpleGrid,
  Stack,
  Table,
  Tabs,
  Text,
  Title,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import { answer, api } from '../api/client';
import { keys } from '../api/query-keys';
import { JsonView } from '../parts/json-view';
import { Pending } from '../parts/pending';
import { ProblemAlert } from '../parts/problem-alert';
import { Screen } from '../parts/screen';

/** One event type: what leaves, who declares it, who listens. */
export function Component() {
  const { id = '' } = useParams();
  const eventType = useQuery({
    queryKey: keys.eventType(id),
    queryFn: ({ signal }) =>
      answer(api.GET('/event-types/{id}', { params: { path: { id } }, signal })),
  });
  const parent = { label: 'Catalogue', to: '/events/types' };
  const { data } = eventType;
  if (!data) {
    return (
      <Screen title={id} parent={parent}>
        {eventType.error ? (
          <ProblemAlert error={eventType.error} onRetry={() => void eventType.refetch()} />
        ) : (
          <Pending label="The event type loads" />
        )}
      </Screen>
    );
  }
  return (
    <Screen
      title={data.displayName}
      parent={parent}
      description={data.description ?? undefined}
      badge={
        data.deprecated ? (
          <Badge color="orange" variant="light">
            deprecated
          </Badge>
        ) : undefined
      }
      actions={
        <>
          <Button component={Link} to={`/events?type=${data.id}`} variant="default">
            Recent events
          </Button>
          <Button component={Link} to={`/subscriptions?eventType=${data.id}`} variant="default">
            {data.listeners} {data.listeners === 1 ? 'subscription' : 'subscriptions'}
          </Button>
        </>
      }
    >
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="sm">
        <Fact label="Id" value={data.id} isCode />
        <Fact label="Emitted as" value={data.hook} isCode />
        <Fact label="Declared by" value={data.declaredBy} isCode />
        <Fact label="Version" value={String(data.version)} />
      </SimpleGrid>
      <Paper p="md">
        <Tabs defaultValue="example" keepMounted={false}>
          <Tabs.List mb="sm">
            <Tabs.Tab value="example">Example</Tabs.Tab>
            <Tabs.Tab value="properties">Properties</Tabs.Tab>
            <Tabs.Tab value="schema">JSON Schema</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="example">
            <JsonView value={data.example} label="example payload" />
          </Tabs.Panel>
          <Tabs.Panel value="properties">
            <Table.ScrollContainer minWidth={520} type="native" tabIndex={0}>
              <Table aria-label="Properties" verticalSpacing={6}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Path</Table.Th>
                    <Table.Th>Type</Table.Th>
                    <Table.Th>What it is</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {data.properties.map(({ path, type, description, optional }) => (
                    <Table.Tr key={path}>
                      <Table.Td ff="monospace" fz="xs">
                        {path}
                      </Table.Td>
                      <Table.Td fz="xs">
                        {type}
                        {optional && (
                          <Text span size="xs" c="dimmed">
                            {' '}
                            optional
                          </Text>
                        )}
                      </Table.Td>
                      <Table.Td>{description}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          </Tabs.Panel>
          <Tabs.Panel value="schema">
            <JsonView value={data.payloadSchema} label="JSON Schema" maxHeight={620} />
          </Tabs.Panel>
        </Tabs>
      </Paper>
    </Screen>
  );
}

interface FactProps {
  readonly label: string;
  readonly value: string;
  readonly isCode?: boolean;
}

function Fact({ label, value, isCode = false }: FactProps) {
  return (
    <Paper p="sm">
      <Stack gap={2}>
        <Title order={3} c="dimmed" fw={500} fz="xs">
          {label}
        </Title>
        <Group gap={4}>
          <Text size="sm" style={{ wordBreak: 'break-word' }} {...(isCode && { ff: 'monospace' })}>
            {value}
          </Text>
        </Group>
      </Stack>
    </Paper>
  );
}
