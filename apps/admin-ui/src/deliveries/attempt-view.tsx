import { Group, Paper, SegmentedControl, Select, Stack, Tabs, Text } from '@mantine/core';
import { useState } from 'react';
import type { Attempt, ShownAttempt } from '../api/types';
import { CodeText } from '../parts/code-text';
import { Copy } from '../parts/copy';
import { JsonView, prettyJson } from '../parts/json-view';
import { AttemptDiff } from './attempt-diff';
import { headerLines } from './attempt-text';
import classes from './attempt-view.module.css';
import { curlOf } from './curl';
import { TimingWaterfall } from './timing-waterfall';

interface AttemptViewProps {
  readonly attempt: ShownAttempt;
  /** What it can be compared with. */
  readonly others: readonly Attempt[];
}

/** One call: what was sent, what came back, what the time went into. */
export function AttemptView({ attempt, others }: AttemptViewProps) {
  const { request, response, timings, error } = attempt;
  const [compared, setCompared] = useState<string | null>(null);
  const other = others.find((one) => String(one.attempt) === compared);
  return (
    <Paper p="md">
      <Stack gap="sm">
        {error !== null && (
          <p className={classes.error}>
            <strong>{attempt.outcome === 'retry' ? 'To be retried: ' : ''}</strong>
            {error}
          </p>
        )}
        {attempt.notes.length > 0 && (
          <CodeText text={attempt.notes.join('\n')} label="notes of the provider" />
        )}
        <Tabs defaultValue="response" keepMounted={false}>
          <Tabs.List className={classes.tabs}>
            <Tabs.Tab value="response">Response</Tabs.Tab>
            <Tabs.Tab value="request">Request</Tabs.Tab>
            <Tabs.Tab value="timings">Timings</Tabs.Tab>
            {others.length > 0 && <Tabs.Tab value="compare">Compare</Tabs.Tab>}
          </Tabs.List>
          <Tabs.Panel value="response" pt="sm">
            {response ? (
              <Stack gap="sm">
                <Text size="sm" component="div" className={classes.first}>
                  <strong className="tabular">HTTP {response.status}</strong>
                </Text>
                <Headers headers={response.headers} label="response headers" />
                <Body body={response.body} label="response body" />
                {response.truncated && (
                  <Text size="xs" c="dimmed">
                    The answer was longer: only its beginning is kept.
                  </Text>
                )}
              </Stack>
            ) : (
              <Text size="sm" c="dimmed">
                No answer came.
              </Text>
            )}
          </Tabs.Panel>
          <Tabs.Panel value="request" pt="sm">
            {request ? (
              <Stack gap="sm">
                <Group justify="space-between" gap="xs" wrap="nowrap" align="flex-start">
                  <div className={`mono ${classes.url}`}>
                    <strong>{request.method}</strong> {request.url}
                  </div>
                  <Copy text={curlOf(request)} what="as curl" withLabel="Copy as curl" />
                </Group>
                <Headers headers={request.headers} label="request headers" />
                <Body body={request.body ?? ''} label="request body" />
              </Stack>
            ) : (
              <Text size="sm" c="dimmed">
                No call was made.
              </Text>
            )}
          </Tabs.Panel>
          <Tabs.Panel value="timings" pt="sm">
            <TimingWaterfall timings={timings} />
          </Tabs.Panel>
          <Tabs.Panel value="compare" pt="sm">
            <Stack gap="sm">
              <Select
                label="With"
                placeholder="Choose an attempt"
                maw={220}
                data={others.map(({ attempt: number }) => ({
                  value: String(number),
                  label: `Attempt ${number}`,
                }))}
                value={compared}
                onChange={setCompared}
              />
              {other && <AttemptDiff from={other} to={attempt} />}
            </Stack>
          </Tabs.Panel>
        </Tabs>
      </Stack>
    </Paper>
  );
}

interface HeadersProps {
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly label: string;
}

function Headers({ headers, label }: HeadersProps) {
  const lines = headerLines(headers);
  return (
    <details className={classes.headers} open={lines.length <= 8}>
      <summary>
        {lines.length} {label}
      </summary>
      <table>
        <tbody>
          {lines.map((line) => {
            const end = line.indexOf(': ');
            return (
              <tr key={line}>
                <th scope="row">{line.slice(0, end)}</th>
                <td>{line.slice(end + 2)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </details>
  );
}

function Body({ body, label }: { readonly body: string; readonly label: string }) {
  const [form, setForm] = useState('pretty');
  if (body === '') {
    return (
      <Text size="sm" c="dimmed">
        The body is empty.
      </Text>
    );
  }
  const pretty = prettyJson(body);
  return (
    <div>
      {pretty !== body && (
        <SegmentedControl
          size="xs"
          mb={6}
          aria-label={`Form of the ${label}`}
          data={[
            { value: 'pretty', label: 'Pretty' },
            { value: 'raw', label: 'Raw' },
          ]}
          value={form}
          onChange={setForm}
        />
      )}
      <JsonView value={form === 'pretty' ? pretty : body} label={label} />
    </div>
  );
}
