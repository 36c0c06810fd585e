import { Alert, Anchor, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { LogIn } from 'lucide-react';
import { useEffect, useSyncExternalStore } from 'react';
import { mounted } from '../api/mounted';
import { signedOut } from '../api/signed-out';

/** The session has ended meanwhile. In a new tab, so that what was typed here is not lost. */
export function SignedOutNotice() {
  const isSignedOut = useSyncExternalStore(signedOut.subscribe, signedOut.get);
  const queries = useQueryClient();
  // Back from the other tab: what was refused is asked again, and the first answer ends this.
  useEffect(() => {
    if (!isSignedOut) return;
    const askAgain = () => {
      if (!document.hidden) void queries.invalidateQueries();
    };
    document.addEventListener('visibilitychange', askAgain);
    return () => document.removeEventListener('visibilitychange', askAgain);
  }, [isSignedOut, queries]);
  if (!isSignedOut) return null;
  return (
    <Alert
      role="alert"
      color="yellow"
      icon={<LogIn size={18} aria-hidden />}
      title="You are signed out"
    >
      <Text size="sm">
        Your session has ended. What you typed is still here:{' '}
        <Anchor size="sm" href={mounted.signIn ?? location.href} target="_blank" underline="always">
          sign in in a new tab
        </Anchor>
        , then go on.
      </Text>
    </Alert>
  );
}
