import { Alert, Stack, Text } from '@mantine/core';
import type { SubscriptionPreview } from '../api/types';
import { CodeText } from '../parts/code-text';
import { JsonView, prettyJson } from '../parts/json-view';

type Rendered = SubscriptionPreview['draft'];

/** What a config would make of one event: whether it is sent at all, and the requests for it. */
export function Rendering({ rendering }: { readonly rendering: Rendered }) {
  const { matches, transformed, requests, outcome, error, notes, thread } = rendering;
  const unsent = reasonUnsent(rendering);
  return (
    <Stack gap="sm">
      {unsent !== null && (
        <Alert color="orange" title="This event would not be sent">
          <Text size="sm">{unsent}</Text>
        </Alert>
      )}
      {matches.type && matches.filter && error !== null && outcome !== 'cancelled' && (
        <Alert color="red" title="It could not be delivered">
          <Text size="sm">{error}</Text>
        </Alert>
      )}
      {transformed?.result === 'event' && (
        <div>
          <Text size="xs" c="dimmed" mb={2}>
            Payload after the transformation
          </Text>
          <JsonView value={transformed.payload} label="transformed payload" maxHeight={220} />
        </div>
      )}
      {transformed && transformed.console.length > 0 && (
        <CodeText text={transformed.console.join('\n')} label="console" />
      )}
      {thread && (
        <Text size="sm">
          {thread.externalId === null ? 'Opens the thread ' : 'Joins the thread '}
          <b>{thread.key}</b>
          {thread.externalId !== null && ` (${thread.externalId})`}
        </Text>
      )}
      {requests.map(({ method, url, headers, body, dependsOnAnswer }, index) => (
        <div key={index}>
          {dependsOnAnswer && (
            <Text size="xs" c="dimmed">
              Then, as the answer to the one before says:
            </Text>
          )}
          <Text size="sm" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
            <b>{method}</b> {url}
          </Text>
          <CodeText
            text={headers.map(({ name, value }) => `${name}: ${value}`).join('\n')}
            label="request headers"
          />
          {body !== null && <JsonView value={prettyJson(body)} label="request body" />}
        </div>
      ))}
      {notes.length > 0 && <CodeText text={notes.join('\n')} label="notes of the provider" />}
    </Stack>
  );
}

function reasonUnsent({ matches, transformed }: Rendered): string | null {
  if (!matches.type) return 'Its type is not one of those that were chosen.';
  if (!matches.filter) return 'The filter does not let it through.';
  if (transformed?.result === 'unwanted') return 'The transformation returned null for it.';
  return null;
}

/** To compare two of them line by line; signatures and times differ each time and say nothing. */
export function renderingText(rendering: Rendered): string {
  const { requests, error, thread } = rendering;
  const parts = requests.map(({ method, url, headers, body }) =>
    [
      `${method} ${url}`,
      ...headers
        .filter(({ name }) => !VOLATILE.test(name))
        .map(({ name, value }) => `${name}: ${value}`),
      '',
      body === null ? '' : prettyJson(body),
    ].join('\n'),
  );
  const unsent = reasonUnsent(rendering) ?? error;
  const inThread = thread ? [`Thread ${thread.key}`] : [];
  return [...(unsent === null ? [] : [unsent]), ...inThread, ...parts].join('\n\n');
}

const VOLATILE = /signature|timestamp|^date$|^traceparent$/i;
