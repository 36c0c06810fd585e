import { Button, Group, Modal, NumberInput, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { RotateCcw } from 'lucide-react';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { answer, api } from '../api/client';
import { keys } from '../api/query-keys';
import { BusyButton } from '../parts/busy-button';
import { Pending } from '../parts/pending';
import { ProblemAlert } from '../parts/problem-alert';
import type { DeliveryQuery } from './delivery-filters';
import { replayableBy, type ReplayBody } from './replayable';

/** A replay of all that the filters let through; only where the API can take them as a selection. */
export function ReplayMatching({ query }: { readonly query: DeliveryQuery }) {
  const [isOpen, { open, close }] = useDisclosure();
  const selection = replayableBy(query);
  if (!selection) return null;
  return (
    <>
      <Button
        variant="default"
        size="xs"
        leftSection={<RotateCcw size={14} aria-hidden />}
        onClick={open}
      >
        Replay all that match
      </Button>
      <Modal opened={isOpen} onClose={close} title="Replay all that match">
        <ReplayForm selection={selection} onClose={close} />
      </Modal>
    </>
  );
}

interface ReplayFormProps {
  readonly selection: ReplayBody;
  readonly onClose: () => void;
}

function ReplayForm({ selection, onClose }: ReplayFormProps) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const [perSecond, setPerSecond] = useState<number | string>('');
  const preview = useQuery({
    queryKey: [...keys.replays(selection), 'preview'],
    queryFn: ({ signal }) => answer(api.POST('/replays/preview', { body: selection, signal })),
    staleTime: 0,
  });
  const start = useMutation({
    mutationFn: () =>
      answer(
        api.POST('/replays', {
          body: { ...selection, ...(typeof perSecond === 'number' ? { perSecond } : {}) },
        }),
      ),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['replays'] });
      onClose();
      void navigate('/operations');
    },
  });
  const count = preview.data?.deliveries;
  return (
    <Stack gap="sm">
      {preview.isPending && <Pending label="What matches is counted" lines={1} />}
      {preview.error && <ProblemAlert error={preview.error} title="It could not be counted" />}
      {preview.data && (
        <Text size="sm">
          <strong>{count === null ? 'More than can be counted quickly' : count}</strong>{' '}
          {count === 1 ? 'delivery has' : 'deliveries have'} ended and match the filters. They are
          sent again in the background, at a limited rate; it can be paused or cancelled.
        </Text>
      )}
      <NumberInput
        label="Deliveries a second"
        placeholder="The server’s default"
        min={1}
        max={1_000}
        value={perSecond}
        onChange={setPerSecond}
      />
      {start.error && <ProblemAlert error={start.error} title="The replay was not started" />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <BusyButton
          onClick={() => start.mutate()}
          busy={start.isPending}
          disabled={!preview.data || count === 0}
        >
          Replay {count ?? ''}
        </BusyButton>
      </Group>
    </Stack>
  );
}
