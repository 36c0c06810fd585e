import { Alert, Group, Paper, Select, Stack, Tabs, Text, Title } from '@mantine/core';
import { patternMatches } from '@nest-integrations/common';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { Send } from 'lucide-react';
import { useState } from 'react';
import { answer, api } from '../api/client';
import { ProblemError } from '../api/problem';
import { keys } from '../api/query-keys';
import type { EventType, Provider, Subscription } from '../api/types';
import { AttemptView } from '../deliveries/attempt-view';
import { BusyButton } from '../parts/busy-button';
import { JsonDiff } from '../parts/json-diff';
import { ProblemAlert } from '../parts/problem-alert';
import { Rendering, renderingText } from './rendering';
import { requestOf, type SubscriptionDraft } from './subscription-draft';

interface DraftPreviewProps {
  readonly draft: SubscriptionDraft;
  readonly provider: Provider | null;
  readonly stored: Subscription | null;
  readonly eventTypes: readonly EventType[];
}

const TYPING_MS = 500;
const RECENT = 25;

/** What the draft would send, rendered by the server; a call is made only by the button that says so. */
export function DraftPreview({ draft, provider, stored, eventTypes }: DraftPreviewProps) {
  const [chosen, setChosen] = useState<string | null>(null);
  const [settled] = useDebouncedValue(draft, TYPING_MS);
  const isSelected = (type: string) =>
    settled.eventTypes.some((pattern) => patternMatches(pattern, type));
  const types = eventTypes.filter(({ id }) => isSelected(id));
  const recentQuery = { limit: RECENT };
  const recent = useQuery({
    queryKey: keys.events(recentQuery),
    queryFn: ({ signal }) => answer(api.GET('/events', { params: { query: recentQuery }, signal })),
  });
  const events = (recent.data?.items ?? []).filter(
    ({ type, payloadRemovedAt }) => isSelected(type) && payloadRemovedAt === null,
  );
  const examples = types.map(({ id }) => ({ value: id, label: `Example of ${id}` }));
  const happened = events.map(({ id, type, occurredAt }) => ({
    value: id,
    label: `${type}, ${new Date(occurredAt).toLocaleString()}`,
  }));
  const source = [...happened, ...examples].find(({ value }) => value === chosen) ?? examples[0];
  const isEvent = source !== undefined && happened.includes(source);
  const isReady = provider !== null && source !== undefined;
  const body =
    provider && source
      ? {
          ...requestOf(settled, provider),
          ...(settled.name.trim() === '' && { name: 'Draft' }),
          ...(stored && { subscriptionId: stored.id }),
          ...(isEvent ? { eventId: source.value } : { eventType: source.value }),
        }
      : null;

  const preview = useQuery({
    // Secrets that were typed are a part of it: kept no longer than it is shown.
    queryKey: keys.subscriptionPreview(body),
    queryFn: ({ signal }) =>
      answer(api.POST('/subscriptions/preview', { body: body ?? {}, signal })),
    enabled: isReady,
    placeholderData: keepPreviousData,
    gcTime: 0,
    retry: false,
  });
  const test = useMutation({
    mutationFn: () => answer(api.POST('/subscriptions/test', { body: body ?? {} })),
  });

  return (
    <Paper p="md">
      <Stack gap="sm">
        <Title order={2}>Preview</Title>
        {!isReady ? (
          <Text size="sm" c="dimmed">
            Choose events and a destination: what would be sent is shown here, before anything is.
          </Text>
        ) : (
          <>
            <Select
              label="Of which event"
              data={[
                ...(happened.length > 0 ? [{ group: 'Happened', items: happened }] : []),
                { group: 'Examples', items: examples },
              ]}
              value={source.value}
              onChange={(next) => {
                setChosen(next);
                test.reset();
              }}
              allowDeselect={false}
              searchable
              size="xs"
            />
            {preview.error ? (
              <NotYet error={preview.error} />
            ) : (
              preview.data && (
                <Tabs defaultValue="sent" keepMounted={false}>
                  <Tabs.List mb="sm">
                    <Tabs.Tab value="sent">Would be sent</Tabs.Tab>
                    {preview.data.current && <Tabs.Tab value="changes">Changes</Tabs.Tab>}
                  </Tabs.List>
                  <Tabs.Panel value="sent">
                    <Rendering rendering={preview.data.draft} />
                  </Tabs.Panel>
                  <Tabs.Panel value="changes">
                    <JsonDiff
                      before={preview.data.current && renderingText(preview.data.current)}
                      after={renderingText(preview.data.draft)}
                      label="what is sent now, and what would be"
                    />
                  </Tabs.Panel>
                </Tabs>
              )
            )}
            <Group>
              <BusyButton
                size="xs"
                variant="default"
                leftSection={<Send size={14} aria-hidden />}
                busy={test.isPending}
                disabled={preview.error !== null}
                onClick={() => test.mutate()}
              >
                Send test
              </BusyButton>
              <Text size="xs" c="dimmed">
                Makes the call for real, before you save.
              </Text>
            </Group>
            {test.error && <ProblemAlert error={test.error} title="The test was not sent" />}
            {test.data && (
              <div role="status">
                <AttemptView attempt={test.data} others={[]} />
              </div>
            )}
          </>
        )}
      </Stack>
    </Paper>
  );
}

/** A draft that is not finished is no mistake: what is missing is said quietly. */
function NotYet({ error }: { readonly error: Error }) {
  if (!(error instanceof ProblemError) || error.fields.length === 0) {
    return <ProblemAlert error={error} />;
  }
  return (
    <Alert color="gray" title="Not ready to be rendered yet">
      {error.fields.map(({ field, message }) => (
        <Text size="sm" key={field + message}>
          <b>{field.replace(/^config\./, '')}</b> {message}
        </Text>
      ))}
    </Alert>
  );
}
