import { Alert, Button, Menu, Tabs, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useQuery } from '@tanstack/react-query';
import { Copy, Ellipsis, Pencil, Power, Trash2 } from 'lucide-react';
import { Link, useNavigate, useParams, useSearchParams } from 'react-router';
import { useProviders } from '../api/catalogue';
import { answer, api } from '../api/client';
import { mounted } from '../api/mounted';
import { keys } from '../api/query-keys';
import type { Subscription } from '../api/types';
import { BusyButton } from '../parts/busy-button';
import { Pending } from '../parts/pending';
import { ProblemAlert } from '../parts/problem-alert';
import { Screen } from '../parts/screen';
import { SubscriptionBadge } from '../parts/status-badge';
import { Time } from '../parts/time';
import { ProviderDocumentation } from './provider-documentation';
import { RecoverNotice } from './recover-notice';
import { SendTest } from './send-test';
import { SigningSecrets } from './signing-secrets';
import { useSubscriptionActions } from './subscription-actions';
import { SubscriptionConfig } from './subscription-config';
import { SubscriptionDeliveries } from './subscription-deliveries';
import { SubscriptionStatistics } from './subscription-statistics';

const TABS = ['overview', 'deliveries', 'secrets', 'test', 'documentation'] as const;

/** One subscription: how it goes, what it is, what it sent, and what its receiver must know. */
export function Component() {
  const { id = '' } = useParams();
  const [search, setSearch] = useSearchParams();
  const subscription = useQuery({
    queryKey: keys.subscription(id),
    queryFn: ({ signal }) =>
      answer(api.GET('/subscriptions/{id}', { params: { path: { id } }, signal })),
  });
  const providers = useProviders();
  const parent = { label: 'Subscriptions', to: '/subscriptions' };
  const { data } = subscription;
  if (!data) {
    return (
      <Screen title="Subscription" parent={parent}>
        {subscription.error ? (
          <ProblemAlert error={subscription.error} onRetry={() => void subscription.refetch()} />
        ) : (
          <Pending label="The subscription loads" />
        )}
      </Screen>
    );
  }
  const provider = providers.data?.items.find((each) => each.id === data.provider) ?? null;
  const hasSecrets = data.signingSecrets.length > 0;
  const wanted = search.get('tab') ?? 'overview';
  const tab = TABS.find((name) => name === wanted) ?? 'overview';
  return (
    <Screen
      title={data.name}
      parent={parent}
      badge={<SubscriptionBadge state={data.state} />}
      description={data.description ?? undefined}
      actions={mounted.canManage ? <Actions subscription={data} /> : undefined}
    >
      <StateNotice subscription={data} />
      <Tabs
        value={tab}
        keepMounted={false}
        onChange={(next) =>
          setSearch(next === null || next === 'overview' ? {} : { tab: next }, { replace: true })
        }
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="overview">Overview</Tabs.Tab>
          <Tabs.Tab value="deliveries">Deliveries</Tabs.Tab>
          {hasSecrets && <Tabs.Tab value="secrets">Signing secrets</Tabs.Tab>}
          {mounted.canManage && <Tabs.Tab value="test">Send test</Tabs.Tab>}
          <Tabs.Tab value="documentation">Receiver’s guide</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="overview">
          <SubscriptionStatistics id={data.id} />
          <SubscriptionConfig subscription={data} provider={provider} />
        </Tabs.Panel>
        <Tabs.Panel value="deliveries">
          <SubscriptionDeliveries subscriptionId={data.id} />
        </Tabs.Panel>
        <Tabs.Panel value="secrets">
          <SigningSecrets subscription={data} />
        </Tabs.Panel>
        <Tabs.Panel value="test">
          <SendTest subscription={data} />
        </Tabs.Panel>
        <Tabs.Panel value="documentation">
          <ProviderDocumentation provider={provider} signs={hasSecrets} />
        </Tabs.Panel>
      </Tabs>
    </Screen>
  );
}

function StateNotice({ subscription }: { readonly subscription: Subscription }) {
  const { state, disabledReason, disabledAt, failingSince } = subscription;
  if (state === 'disabled') {
    return (
      <Alert color="gray" title="Disabled: nothing is sent">
        <Text size="sm">
          {disabledReason ?? 'No reason was given.'} {disabledAt && <Time at={disabledAt} />}
        </Text>
      </Alert>
    );
  }
  if (state === 'healthy') return null;
  return (
    <Alert
      color={state === 'failing' ? 'red' : 'orange'}
      title={
        state === 'failing'
          ? 'Failing: no attempt has succeeded for a while'
          : 'Circuit open: deliveries wait, using up no attempts'
      }
    >
      <Text size="sm">
        {failingSince && (
          <>
            Since <Time at={failingSince} />.{' '}
          </>
        )}
        <Link to={`/deliveries?subscriptionId=${subscription.id}&status=failed,retrying`}>
          See what failed
        </Link>
        , mend the receiver or the config, then replay. What waits goes out by itself.
      </Text>
    </Alert>
  );
}

function Actions({ subscription }: { readonly subscription: Subscription }) {
  const { id, name, enabled } = subscription;
  const { enable, disable, remove } = useSubscriptionActions(id);
  const navigate = useNavigate();
  const error = enable.error ?? disable.error ?? remove.error;
  const confirmRemoval = () =>
    modals.openConfirmModal({
      title: `Delete “${name}”?`,
      children: (
        <Text size="sm">
          The subscription and its secrets are deleted, and its waiting deliveries are cancelled.
          Its history stays until retention removes it. To stop it for a while, disable it instead.
        </Text>
      ),
      labels: { confirm: 'Delete the subscription', cancel: 'Keep it' },
      confirmProps: { color: 'red' },
      onConfirm: () =>
        remove.mutate(undefined, { onSuccess: () => void navigate('/subscriptions') }),
    });
  return (
    <>
      {error && <ProblemAlert error={error} />}
      <Button
        component={Link}
        to={`/subscriptions/${id}/edit`}
        variant="default"
        leftSection={<Pencil size={15} aria-hidden />}
      >
        Edit
      </Button>
      {enabled ? (
        <BusyButton
          variant="default"
          leftSection={<Power size={15} aria-hidden />}
          busy={disable.isPending}
          onClick={() => disable.mutate(undefined)}
        >
          Disable
        </BusyButton>
      ) : (
        <BusyButton
          leftSection={<Power size={15} aria-hidden />}
          busy={enable.isPending}
          onClick={() => enable.mutate()}
        >
          Enable
        </BusyButton>
      )}
      <RecoverNotice subscription={subscription} offered={enable.data?.recoverable ?? null} />
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <Button variant="default" px={10} aria-label="More actions">
            <Ellipsis size={16} aria-hidden />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            component={Link}
            to={`/subscriptions/new?copy=${id}`}
            leftSection={<Copy size={15} aria-hidden />}
          >
            Duplicate
          </Menu.Item>
          <Menu.Item
            color="red"
            leftSection={<Trash2 size={15} aria-hidden />}
            onClick={confirmRemoval}
          >
            Delete…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
