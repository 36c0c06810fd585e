import { useQuery } from '@tanstack/react-query';
import { answer, api } from './client';
import { keys } from './query-keys';

/** The providers that the app has: others come only with another start. */
export function useProviders() {
  return useQuery({
    queryKey: keys.providers(),
    queryFn: ({ signal }) => answer(api.GET('/providers', { signal })),
    staleTime: Infinity,
  });
}

/** The event types that the app has, and how many listen to each. */
export function useEventTypes() {
  return useQuery({
    queryKey: keys.eventTypes(),
    queryFn: ({ signal }) => answer(api.GET('/event-types', { signal })),
  });
}
