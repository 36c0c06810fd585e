import { Button, Paper, Stack, Text, Title, Tooltip } from '@mantine/core';
import { modals } from '@mantine/modals';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Trash2 } from 'lucide-react';
import { Link, useNavigate, useParams } from 'react-router';
import { useProviders } from '../api/catalogue';
import { answer, api, done } from '../api/client';
import { mounted } from '../api/mounted';
import { keys } from '../api/query-keys';
import type { Connection } from '../api/types';
import { JsonView } from '../parts/json-view';
import { Pending } from '../parts/pending';
import { ProblemAlert } from '../parts/problem-alert';
import { Screen } from '../parts/screen';
import classes from '../parts/side-by-side.module.css';
import { SubscriptionBadge } from '../parts/status-badge';
import { ConnectionForm } from './connection-form';
import { SignInNotice } from './sign-in-notice';

/** One account: change it, try it, see who uses it, delete it when nobody does. */
export function Component() {
  const { id = '' } = useParams();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const connection = useQuery({
    queryKey: keys.connection(id),
    queryFn: ({ signal }) =>
      answer(api.GET('/connections/{id}', { params: { path: { id } }, signal })),
  });
  const providers = useProviders();
  const parent = { label: 'Connections', to: '/connections' };
  const failed = [connection, providers].find(({ error }) => error !== null);
  const { data } = connection;
  if (!data || !providers.data) {
    return (
      <Screen title="Connection" parent={parent}>
        {failed ? (
          <ProblemAlert error={failed.error} onRetry={() => void failed.refetch()} />
        ) : (
          <Pending label="The connection loads" />
        )}
      </Screen>
    );
  }
  const provider = providers.data.items.find((each) => each.id === data.provider) ?? null;
  return (
    <Screen
      title={data.name}
      parent={parent}
      description={provider?.displayName ?? data.provider}
      actions={mounted.canManage ? <DeleteButton connection={data} /> : undefined}
    >
      <SignInNotice connection={data} />
      <div className={classes.columns}>
        <Paper p="md">
          {provider?.connection && mounted.canManage ? (
            <ConnectionForm
              key={data.id}
              isPage
              provider={provider}
              stored={data}
              onCancel={() => void navigate('/connections')}
              onSaved={async ({ name }) => {
                await queries.invalidateQueries({ queryKey: ['connections'] });
                notifications.show({ color: 'green', message: `“${name}” is saved.` });
              }}
            />
          ) : (
            <JsonView value={data.config} label="config" />
          )}
        </Paper>
        <UsedBy connectionId={data.id} />
      </div>
    </Screen>
  );
}

const MAX_SHOWN = 50;

function UsedBy({ connectionId }: { readonly connectionId: string }) {
  const query = { connectionId, limit: MAX_SHOWN };
  const subscriptions = useQuery({
    queryKey: keys.subscriptions(query),
    queryFn: ({ signal }) => answer(api.GET('/subscriptions', { params: { query }, signal })),
  });
  const { items = [], total = 0 } = subscriptions.data ?? {};
  return (
    <Paper p="md" component="section">
      <Title order={2} mb="xs">
        Used by
      </Title>
      {subscriptions.error && <ProblemAlert error={subscriptions.error} />}
      {subscriptions.data && items.length === 0 && (
        <Text size="sm" c="dimmed">
          No subscription delivers by it yet.
        </Text>
      )}
      <Stack gap={6}>
        {items.map(({ id, name, state }) => (
          <div key={id} className={classes.row}>
            <Link to={`/subscriptions/${id}`}>{name}</Link>
            <SubscriptionBadge state={state} />
          </div>
        ))}
        {total > items.length && (
          <Link to={`/subscriptions?connectionId=${connectionId}`}>All {total}</Link>
        )}
      </Stack>
    </Paper>
  );
}

function DeleteButton({ connection }: { readonly connection: Connection }) {
  const { id, name, usedBy } = connection;
  const navigate = useNavigate();
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => done(api.DELETE('/connections/{id}', { params: { path: { id } } })),
    onSuccess: async () => {
      await navigate('/connections');
      await queries.invalidateQueries({ queryKey: ['connections'] });
    },
  });
  const confirm = () =>
    modals.openConfirmModal({
      title: `Delete “${name}”?`,
      children: <Text size="sm">Its credentials are deleted. No subscription uses it.</Text>,
      labels: { confirm: 'Delete the connection', cancel: 'Keep it' },
      confirmProps: { color: 'red' },
      onConfirm: () => remove.mutate(),
    });
  return (
    <>
      {remove.error && <ProblemAlert error={remove.error} title="The connection was not deleted" />}
      <Tooltip
        label={`${usedBy} ${usedBy === 1 ? 'subscription uses' : 'subscriptions use'} it: change them first`}
        disabled={usedBy === 0}
      >
        <Button
          variant="default"
          leftSection={<Trash2 size={15} aria-hidden />}
          data-disabled={usedBy > 0 || undefined}
          aria-disabled={usedBy > 0}
          onClick={() => {
            if (usedBy === 0) confirm();
          }}
        >
          Delete…
        </Button>
      </Tooltip>
    </>
  );
}
