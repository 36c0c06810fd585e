import { Alert, Group, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { LogIn } from 'lucide-react';
import { answer, api } from '../api/client';
import { mounted } from '../api/mounted';
import type { Connection } from '../api/types';
import { BusyButton } from '../parts/busy-button';
import { ProblemAlert } from '../parts/problem-alert';
import { Time } from '../parts/time';

const TITLES = {
  missing: 'Nobody has signed in yet',
  active: 'Signed in',
  ended: 'Sign in again: what was granted is over',
} as const;

/** Where a connection stands that acts for a person, and the way to that person's sign-in. */
export function SignInNotice({ connection }: { readonly connection: Connection }) {
  const { id, signIn } = connection;
  const begin = useMutation({
    mutationFn: () =>
      answer(
        api.POST('/connections/{id}/authorize', {
          params: { path: { id } },
          body: { returnTo: `${mounted.ui}/connections/${id}` },
        }),
      ),
    // The other side's page comes in place of this one, and leads back here.
    onSuccess: ({ url }) => window.location.assign(url),
  });
  if (signIn === null) return null;
  const { state, reason, signedInAt, signedInBy } = signIn;
  return (
    <Alert color={state === 'active' ? 'green' : 'orange'} title={TITLES[state]}>
      <Group justify="space-between" gap="sm">
        <Text size="sm">
          {reason !== null && `${reason} `}
          {signedInAt !== null && (
            <>
              {signedInBy ?? 'An admin'} signed in <Time at={signedInAt} />.
            </>
          )}
          {state === 'missing' && 'It can deliver once somebody has.'}
        </Text>
        {mounted.canManage && (
          <BusyButton
            size="xs"
            variant={state === 'active' ? 'default' : 'filled'}
            leftSection={<LogIn size={14} aria-hidden />}
            busy={begin.isPending || begin.isSuccess}
            onClick={() => begin.mutate()}
          >
            {state === 'active' ? 'Sign in as somebody else' : 'Sign in'}
          </BusyButton>
        )}
      </Group>
      {begin.error && <ProblemAlert error={begin.error} title="The sign-in did not begin" />}
    </Alert>
  );
}
