import {
  Button,
  Code,
  Group,
  Modal,
  Paper,
  SegmentedControl,
  Select,
  Stack,
  Table,
  Text,
} from '@mantine/core';
import { modals } from '@mantine/modals';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Eye, EyeOff, RefreshCw } from 'lucide-react';
import { useState } from 'react';
import { answer, api } from '../api/client';
import { mounted } from '../api/mounted';
import type { Subscription } from '../api/types';
import { BusyButton } from '../parts/busy-button';
import { Copy } from '../parts/copy';
import { Countdown } from '../parts/countdown';
import { ProblemAlert } from '../parts/problem-alert';

const OVERLAPS = [
  { value: '0', label: 'End at once' },
  { value: '3600', label: 'Sign for 1 more hour' },
  { value: '86400', label: 'Sign for 24 more hours' },
  { value: '604800', label: 'Sign for 7 more days' },
];

type Kind = 'hmac' | 'ed25519';

/** Shown only when asked for; rotated so that the old one goes on signing for a while. */
export function SigningSecrets({ subscription }: { readonly subscription: Subscription }) {
  const { id, signingSecrets } = subscription;
  const queries = useQueryClient();
  const [isRotating, setRotating] = useState(false);
  const [overlap, setOverlap] = useState('86400');
  const [kind, setKind] = useState<Kind>(signingSecrets[0]?.kind ?? 'hmac');
  const path = { path: { id } };
  const reveal = useMutation({
    mutationFn: () =>
      answer(api.POST('/subscriptions/{id}/signing-secrets/reveal', { params: path })),
    // What was shown must not stay in memory longer than on the screen.
    gcTime: 0,
  });
  const rotate = useMutation({
    mutationFn: () =>
      answer(
        api.POST('/subscriptions/{id}/signing-secrets/rotate', {
          params: path,
          body: { overlapSeconds: Number(overlap), kind },
        }),
      ),
    onSuccess: async () => {
      setRotating(false);
      reveal.reset();
      await queries.invalidateQueries({ queryKey: ['subscriptions'] });
    },
  });
  const shown = new Map(reveal.data?.items.map((secret) => [secret.id, secret.secret]));
  const confirmReveal = () =>
    modals.openConfirmModal({
      title: 'Show the signing secrets?',
      children: (
        <Text size="sm">
          Whoever knows them can send requests that look like ours. That you looked is written to
          the audit log.
        </Text>
      ),
      labels: { confirm: 'Show them', cancel: 'Cancel' },
      onConfirm: () => reveal.mutate(),
    });
  return (
    <Stack gap="md">
      <Paper p="md">
        <Group justify="space-between" mb="sm" gap="xs">
          <Text size="sm" c="dimmed" maw={560}>
            Each request is signed by all of these, the current one first. The receiver verifies it
            by any.
          </Text>
          {mounted.canManage && (
            <Group gap="xs">
              {reveal.data ? (
                <Button
                  variant="default"
                  leftSection={<EyeOff size={15} aria-hidden />}
                  onClick={() => reveal.reset()}
                >
                  Hide
                </Button>
              ) : (
                <BusyButton
                  variant="default"
                  leftSection={<Eye size={15} aria-hidden />}
                  busy={reveal.isPending}
                  onClick={confirmReveal}
                >
                  Reveal
                </BusyButton>
              )}
              <Button
                leftSection={<RefreshCw size={15} aria-hidden />}
                onClick={() => setRotating(true)}
              >
                Rotate
              </Button>
            </Group>
          )}
        </Group>
        {reveal.error && <ProblemAlert error={reveal.error} title="The secrets were not shown" />}
        <Table.ScrollContainer minWidth={480} type="native" tabIndex={0}>
          <Table aria-label="Signing secrets">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Secret</Table.Th>
                <Table.Th>Kind</Table.Th>
                <Table.Th>Signs</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {signingSecrets.map(({ id: secretId, kind: its, publicKey, expiresAt }) => (
                <Table.Tr key={secretId}>
                  <Table.Td>
                    <SecretText secret={shown.get(secretId) ?? null} publicKey={publicKey} />
                  </Table.Td>
                  <Table.Td>{its === 'hmac' ? 'HMAC-SHA256 (v1)' : 'Ed25519 (v1a)'}</Table.Td>
                  <Table.Td>
                    {expiresAt === null ? (
                      'Current'
                    ) : (
                      <>
                        Ends in <Countdown to={expiresAt} />
                      </>
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Paper>
      <Modal
        opened={isRotating}
        onClose={() => setRotating(false)}
        title="Rotate the signing secret"
      >
        <Stack gap="md">
          <Text size="sm">
            A new secret is made and signs from now on. Give it to the receiver before the old one
            ends.
          </Text>
          <div>
            <Text size="sm" fw={500} mb={4}>
              Kind of the new one
            </Text>
            <SegmentedControl
              fullWidth
              aria-label="Kind of the new secret"
              data={[
                { value: 'hmac', label: 'HMAC-SHA256' },
                { value: 'ed25519', label: 'Ed25519' },
              ]}
              value={kind}
              onChange={(value) => setKind(value === 'ed25519' ? 'ed25519' : 'hmac')}
            />
          </div>
          <Select
            label="The old ones"
            data={OVERLAPS}
            value={overlap}
            allowDeselect={false}
            onChange={(value) => setOverlap(value ?? '86400')}
          />
          {rotate.error && <ProblemAlert error={rotate.error} title="Nothing was rotated" />}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setRotating(false)}>
              Cancel
            </Button>
            <BusyButton busy={rotate.isPending} onClick={() => rotate.mutate()}>
              Rotate
            </BusyButton>
          </Group>
        </Stack>
      </Modal>
    </Stack>
  );
}

interface SecretTextProps {
  readonly secret: string | null;
  readonly publicKey: string | null;
}

function SecretText({ secret, publicKey }: SecretTextProps) {
  return (
    <Stack gap={4}>
      {secret === null ? (
        <Text size="sm" c="dimmed">
          ••••••••••••
        </Text>
      ) : (
        <Group gap={4} wrap="nowrap">
          <Code style={{ wordBreak: 'break-all' }}>{secret}</Code>
          <Copy text={secret} what="secret" />
        </Group>
      )}
      {publicKey !== null && (
        <Group gap={4} wrap="nowrap">
          <Text size="xs" c="dimmed">
            public
          </Text>
          <Code style={{ wordBreak: 'break-all' }}>{publicKey}</Code>
          <Copy text={publicKey} what="public key" />
        </Group>
      )}
    </Stack>
  );
}
