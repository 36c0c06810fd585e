import { Group, Paper, Select, Stack, Switch, Text } from '@mantine/core';
import { patternMatches } from '@nest-integrations/common';
import { useMutation } from '@tanstack/react-query';
import { Send } from 'lucide-react';
import { useState } from 'react';
import { Editor } from '../code-editor/editor';
import { useEventTypes } from '../api/catalogue';
import { answer, api } from '../api/client';
import type { EventType, Subscription } from '../api/types';
import { AttemptView } from '../deliveries/attempt-view';
import { BusyButton } from '../parts/busy-button';
import { ProblemAlert } from '../parts/problem-alert';

/** Sends an example for real: the request, the answer and the time are shown, nothing is stored. */
export function SendTest({ subscription }: { readonly subscription: Subscription }) {
  const eventTypes = useEventTypes();
  const matched = (eventTypes.data?.items ?? []).filter(({ id }) =>
    subscription.eventTypes.some((pattern) => patternMatches(pattern, id)),
  );
  const [chosen, setChosen] = useState<string | null>(null);
  const [payload, setPayload] = useState<string | null>(null);
  const eventType = matched.find(({ id }) => id === chosen) ?? matched[0] ?? null;
  const test = useMutation({
    mutationFn: () =>
      answer(
        api.POST('/subscriptions/{id}/test', {
          params: { path: { id: subscription.id } },
          body: {
            ...(eventType && { eventType: eventType.id }),
            ...(payload !== null && { payload: JSON.parse(payload) as Record<string, unknown> }),
          },
        }),
      ),
  });
  const isBroken = payload !== null && !isJson(payload);
  return (
    <Stack gap="md">
      <Paper p="md">
        <Stack gap="sm">
          <Text size="sm" c="dimmed">
            The request is made for real, marked as a test, and stored nowhere.
          </Text>
          <Group align="flex-end" gap="sm">
            <Select
              label="Event"
              data={matched.map(({ id }) => id)}
              value={eventType?.id ?? null}
              onChange={(next) => {
                setChosen(next);
                if (payload !== null) setPayload(exampleOf(matched.find(({ id }) => id === next)));
              }}
              allowDeselect={false}
              searchable
              w={{ base: '100%', xs: 300 }}
            />
            <Switch
              label="Edit the payload"
              checked={payload !== null}
              onChange={(event) =>
                setPayload(event.currentTarget.checked ? exampleOf(eventType ?? undefined) : null)
              }
              mb={8}
            />
          </Group>
          {payload !== null && (
            <Editor label="Payload" language="json" value={payload} onChange={setPayload} />
          )}
          {isBroken && (
            <Text size="xs" c="red" role="alert">
              The payload is not JSON yet.
            </Text>
          )}
          <Group>
            <BusyButton
              leftSection={<Send size={15} aria-hidden />}
              busy={test.isPending}
              disabled={!eventType || isBroken}
              onClick={() => test.mutate()}
            >
              Send test
            </BusyButton>
          </Group>
        </Stack>
      </Paper>
      {test.error && <ProblemAlert error={test.error} title="The test was not sent" />}
      {test.data && (
        <div role="status">
          <AttemptView attempt={test.data} others={[]} />
        </div>
      )}
    </Stack>
  );
}

function exampleOf(eventType: EventType | undefined): string {
  return JSON.stringify(eventType?.example ?? {}, null, 2);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
