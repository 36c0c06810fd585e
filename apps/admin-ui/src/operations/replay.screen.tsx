import { Paper, Stack, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Pause, Play, X } from 'lucide-react';
import { Link, useParams } from 'react-router';
import { answer, api } from '../api/client';
import { mounted } from '../api/mounted';
import { keys } from '../api/query-keys';
import type { Replay } from '../api/types';
import { BusyButton } from '../parts/busy-button';
import { Pending } from '../parts/pending';
import { ProblemAlert } from '../parts/problem-alert';
import { Screen } from '../parts/screen';
import { ReplayBadge } from '../parts/status-badge';
import { Time } from '../parts/time';
import { ReplayProgress } from './replay-progress';
import { selectionText } from './replay-selection';

/** One replay: how far it is, and the handles to it. */
export function Component() {
  const { id = '' } = useParams();
  const replay = useQuery({
    queryKey: keys.replay(id),
    queryFn: ({ signal }) => answer(api.GET('/replays/{id}', { params: { path: { id } }, signal })),
  });
  const subscriptionId = replay.data?.selection.subscriptionId ?? null;
  const subscription = useQuery({
    queryKey: keys.subscription(subscriptionId ?? ''),
    queryFn: ({ signal }) =>
      answer(
        api.GET('/subscriptions/{id}', { params: { path: { id: subscriptionId ?? '' } }, signal }),
      ),
    enabled: subscriptionId !== null,
    retry: false,
  });
  const parent = { label: 'Replays', to: '/operations/replays' };
  const { data } = replay;
  if (!data) {
    return (
      <Screen title="Replay" parent={parent}>
        {replay.error ? (
          <ProblemAlert error={replay.error} onRetry={() => void replay.refetch()} />
        ) : (
          <Pending label="The replay loads" />
        )}
      </Screen>
    );
  }
  return (
    <Screen
      title={data.kind === 'recovery' ? 'Recovery' : 'Replay'}
      parent={parent}
      badge={<ReplayBadge state={data.state} />}
      description={selectionText(data, subscription.data?.name ?? null)}
      actions={mounted.canManage ? <Handles replay={data} /> : undefined}
    >
      <Paper p="md" maw={640}>
        <Stack gap="sm">
          <ReplayProgress replay={data} />
          <Text size="sm">
            At most {data.perSecond} a second. Begun <Time at={data.createdAt} />
            {data.finishedAt !== null && (
              <>
                , ended <Time at={data.finishedAt} />
              </>
            )}
            .
          </Text>
          {data.note !== null && <Text size="sm">{data.note}</Text>}
          {subscriptionId !== null && (
            <Link to={`/deliveries?subscriptionId=${subscriptionId}`}>
              Deliveries of the subscription
            </Link>
          )}
        </Stack>
      </Paper>
    </Screen>
  );
}

function Handles({ replay }: { readonly replay: Replay }) {
  const { id, state } = replay;
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: ['replays'] });
  const path = { path: { id } };
  const pause = useMutation({
    mutationFn: () => answer(api.POST('/replays/{id}/pause', { params: path })),
    onSuccess: refresh,
  });
  const resume = useMutation({
    mutationFn: () => answer(api.POST('/replays/{id}/resume', { params: path })),
    onSuccess: refresh,
  });
  const cancel = useMutation({
    mutationFn: () => answer(api.POST('/replays/{id}/cancel', { params: path })),
    onSuccess: refresh,
  });
  const error = pause.error ?? resume.error ?? cancel.error;
  if (state !== 'running' && state !== 'paused') return null;
  const confirmCancel = () =>
    modals.openConfirmModal({
      title: 'Cancel this replay?',
      children: (
        <Text size="sm">
          What it has already put on its way is sent; the rest stays as it was. It can’t be resumed.
        </Text>
      ),
      labels: { confirm: 'Cancel the replay', cancel: 'Let it go on' },
      confirmProps: { color: 'red' },
      onConfirm: () => cancel.mutate(),
    });
  return (
    <>
      {error && <ProblemAlert error={error} />}
      {state === 'running' ? (
        <BusyButton
          variant="default"
          leftSection={<Pause size={15} aria-hidden />}
          busy={pause.isPending}
          onClick={() => pause.mutate()}
        >
          Pause
        </BusyButton>
      ) : (
        <BusyButton
          leftSection={<Play size={15} aria-hidden />}
          busy={resume.isPending}
          onClick={() => resume.mutate()}
        >
          Resume
        </BusyButton>
      )}
      <BusyButton
        variant="default"
        leftSection={<X size={15} aria-hidden />}
        busy={cancel.isPending}
        onClick={confirmCancel}
      >
        Cancel…
      </BusyButton>
    </>
  );
}
