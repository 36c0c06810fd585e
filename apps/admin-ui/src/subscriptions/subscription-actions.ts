import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, done } from '../api/client';

/** What can be done to one subscription; every list and page that shows it asks again afterwards. */
export function useSubscriptionActions(id: string) {
  const queries = useQueryClient();
  const path = { path: { id } };
  const refresh = () => queries.invalidateQueries({ queryKey: ['subscriptions'] });
  const enable = useMutation({
    mutationFn: () => answer(api.POST('/subscriptions/{id}/enable', { params: path })),
    onSuccess: refresh,
  });
  const disable = useMutation({
    mutationFn: (reason?: string) =>
      answer(
        api.POST('/subscriptions/{id}/disable', {
          params: path,
          body: reason ? { reason } : {},
        }),
      ),
    onSuccess: refresh,
  });
  const remove = useMutation({
    mutationFn: () => done(api.DELETE('/subscriptions/{id}', { params: path })),
    onSuccess: refresh,
  });
  const recover = useMutation({
    mutationFn: (since?: string) =>
      answer(
        api.POST('/subscriptions/{id}/recover', { params: path, body: since ? { since } : {} }),
      ),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['replays'] });
      notifications.show({ message: 'The recovery runs: Operations shows how far it is.' });
    },
  });
  return { enable, disable, remove, recover };
}
