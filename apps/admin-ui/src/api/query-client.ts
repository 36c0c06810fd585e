import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ProblemError } from './problem';
import { signedOut } from './signed-out';

/** Only what may be a passing trouble is asked again by itself. */
function mayPass(error: Error): boolean {
  return !(error instanceof ProblemError) || error.status === null || error.status >= 500;
}

function noticeSignOut(error: Error): void {
  if (error instanceof ProblemError && error.status === 401) signedOut.set(true);
}

/** In another tab, most likely: whatever is answered is answered to somebody. */
function noticeSignIn(): void {
  signedOut.set(false);
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noticeSignOut, onSuccess: noticeSignIn }),
  mutationCache: new MutationCache({ onError: noticeSignOut, onSuccess: noticeSignIn }),
  defaultOptions: {
    queries: {
      // The live stream says when something has changed.
      staleTime: 30_000,
      retry: (failures, error) => failures < 2 && mayPass(error),
      refetchOnWindowFocus: false,
    },
    mutations: { retry: false },
  },
});
