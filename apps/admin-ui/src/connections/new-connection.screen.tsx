import { Paper, Stack } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearchParams } from 'react-router';
import { useProviders } from '../api/catalogue';
import { EmptyState } from '../parts/empty-state';
import { Markdown } from '../parts/markdown';
import { Pending } from '../parts/pending';
import { ProblemAlert } from '../parts/problem-alert';
import { ProviderPicker } from '../parts/provider-picker';
import { Screen } from '../parts/screen';
import { ConnectionForm } from './connection-form';

/** First the system, then its account; the guide for setting it up stands below. */
export function Component() {
  const [search, setSearch] = useSearchParams();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const providers = useProviders();
  const connectable = (providers.data?.items ?? []).filter(({ connection }) => connection !== null);
  const provider = connectable.find(({ id }) => id === search.get('provider')) ?? null;
  return (
    <Screen title="New connection" parent={{ label: 'Connections', to: '/connections' }}>
      {providers.error ? (
        <ProblemAlert error={providers.error} onRetry={() => void providers.refetch()} />
      ) : providers.isPending ? (
        <Pending label="The providers load" />
      ) : connectable.length === 0 ? (
        <EmptyState title="No provider needs a connection">
          Import the module of one that does, like Slack or Jira, into the app.
        </EmptyState>
      ) : (
        <Stack gap="md" maw={860}>
          <ProviderPicker
            providers={connectable}
            chosen={provider?.id ?? null}
            onChoose={({ id }) => setSearch({ provider: id }, { replace: true })}
          />
          {provider && (
            <Paper p="md">
              <ConnectionForm
                key={provider.id}
                isPage
                provider={provider}
                stored={null}
                onCancel={() => void navigate('/connections')}
                onSaved={async ({ id }) => {
                  await queries.invalidateQueries({ queryKey: ['connections'] });
                  await navigate(`/connections/${id}`);
                }}
              />
            </Paper>
          )}
          {provider?.documentation && (
            <Paper p="md">
              <Markdown text={provider.documentation.setupGuide} />
            </Paper>
          )}
        </Stack>
      )}
    </Screen>
  );
}
