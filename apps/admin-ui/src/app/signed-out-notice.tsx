import { Alert, Anchor, Text } from '@mantine/core';
import { LogIn } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { mounted } from '../api/mounted';
import { signedOut } from '../api/signed-out';

/** The session has ended meanwhile. In a new tab, so that what was typed here is not lost. */
export function SignedOutNotice() {
  const isSignedOut = useSyncExternalStore(signedOut.subscribe, signedOut.get);
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
