import { useQuery } from '@tanstack/react-query';
import { useParams, useSearchParams } from 'react-router';
import { useEventTypes, useProviders } from '../api/catalogue';
import { answer, api } from '../api/client';
import { keys } from '../api/query-keys';
import { Pending } from '../parts/pending';
import { ProblemAlert } from '../parts/problem-alert';
import { Screen } from '../parts/screen';
import { draftOf, EMPTY_DRAFT } from './subscription-draft';
import { SubscriptionForm } from './subscription-form';

/** A new subscription, one to change, or a copy of one (`?copy=<id>`). */
export function Component() {
  const { id } = useParams();
  const [search] = useSearchParams();
  const copied = search.get('copy');
  const from = id ?? copied;
  const subscription = useQuery({
    queryKey: keys.subscription(from ?? ''),
    queryFn: ({ signal }) =>
      answer(api.GET('/subscriptions/{id}', { params: { path: { id: from ?? '' } }, signal })),
    enabled: from !== null && from !== undefined,
  });
  const providers = useProviders();
  const eventTypes = useEventTypes();

  const title = id === undefined ? 'New subscription' : `Edit ${subscription.data?.name ?? '…'}`;
  const parent =
    id === undefined
      ? { label: 'Subscriptions', to: '/subscriptions' }
      : { label: subscription.data?.name ?? 'Subscription', to: `/subscriptions/${id}` };
  // What failed later, while the form was there, takes nothing away that was typed into it.
  const failed = [subscription, providers, eventTypes].find(({ error }) => error !== null);
  const isReady = providers.data && eventTypes.data && (from ? subscription.data : true);
  return (
    <Screen title={title} parent={parent}>
      {isReady && providers.data && eventTypes.data ? (
        <SubscriptionForm
          key={from ?? 'new'}
          stored={id === undefined ? null : (subscription.data ?? null)}
          initial={initialDraft(subscription.data, id === undefined)}
          providers={providers.data.items}
          eventTypes={eventTypes.data.items}
        />
      ) : failed ? (
        <ProblemAlert error={failed.error} onRetry={() => void failed.refetch()} />
      ) : (
        <Pending label="The form loads" lines={8} height={44} />
      )}
    </Screen>
  );
}

function initialDraft(from: Parameters<typeof draftOf>[0] | undefined, isNew: boolean) {
  if (!from) return EMPTY_DRAFT;
  const draft = draftOf(from);
  return isNew ? { ...draft, name: `${draft.name} (copy)` } : draft;
}
