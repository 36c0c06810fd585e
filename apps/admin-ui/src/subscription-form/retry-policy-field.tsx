import {
  Group,
  NumberInput,
  SegmentedControl,
  Select,
  Stack,
  TagsInput,
  Text,
} from '@mantine/core';
import { RETRY_PRESETS, type RetryPolicy } from '@nest-integrations/common';
import { waitText, secondsIn } from './duration';
import { RetryTimeline } from './retry-timeline';

export interface RetryPolicyFieldProps {
  readonly policy: RetryPolicy;
  readonly onChange: (policy: RetryPolicy) => void;
  readonly error?: string | undefined;
}

const CHOICES = [
  { value: 'default', label: 'Default' },
  { value: 'short', label: 'Short' },
  { value: 'none', label: 'None' },
  { value: 'custom', label: 'Custom' },
] as const;

/** When what failed is tried again, drawn as it would go from now on. */
export function RetryPolicyField({ policy, onChange, error }: RetryPolicyFieldProps) {
  const custom = typeof policy === 'object' ? policy : null;
  const delaysSeconds = custom ? custom.delaysSeconds : RETRY_PRESETS[presetOf(policy)];
  return (
    <Stack gap="sm">
      <SegmentedControl
        aria-label="Retry policy"
        data={[...CHOICES]}
        value={custom ? 'custom' : presetOf(policy)}
        onChange={(next) => onChange(isPreset(next) ? next : { delaysSeconds: [...delaysSeconds] })}
        style={{ alignSelf: 'flex-start' }}
      />
      {custom && (
        <>
          <TagsInput
            label="Waits before each retry"
            description="Like 30s, 5m, 2h: in order; one for each retry."
            value={custom.delaysSeconds.map(shortText)}
            allowDuplicates
            error={error}
            onChange={(texts) => {
              const seconds = texts.map(secondsIn);
              if (seconds.every((each) => each !== null))
                onChange({ ...custom, delaysSeconds: seconds });
            }}
          />
          <Group grow align="flex-start">
            <NumberInput
              label="Jitter"
              description="Share of a wait by which it varies, 0 to 1."
              min={0}
              max={1}
              step={0.05}
              value={custom.jitter ?? 0.1}
              onChange={(jitter) => {
                if (typeof jitter === 'number') onChange({ ...custom, jitter });
              }}
            />
            <Select
              label="When the receiver answers 4xx"
              description="Other than 408, 410, 425 and 429."
              data={[
                { value: 'retry', label: 'Try again' },
                { value: 'reject', label: 'Give up at once' },
              ]}
              allowDeselect={false}
              value={custom.onClientError ?? 'retry'}
              onChange={(next) =>
                onChange({ ...custom, onClientError: next === 'reject' ? 'reject' : 'retry' })
              }
            />
          </Group>
        </>
      )}
      {!custom && error !== undefined && (
        <Text size="xs" c="red" role="alert">
          {error}
        </Text>
      )}
      <RetryTimeline delaysSeconds={delaysSeconds} />
    </Stack>
  );
}

function presetOf(policy: RetryPolicy): keyof typeof RETRY_PRESETS {
  return typeof policy === 'string' ? policy : 'default';
}

function isPreset(value: string): value is keyof typeof RETRY_PRESETS {
  return Object.hasOwn(RETRY_PRESETS, value);
}

/** A tag that reads back as it was typed. */
function shortText(seconds: number): string {
  const text = waitText(seconds);
  return secondsIn(text) === seconds ? text : `${seconds}s`;
}
