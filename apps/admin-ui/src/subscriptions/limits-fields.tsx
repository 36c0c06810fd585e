import { Group, NumberInput, Select, Stack, Switch, TextInput } from '@mantine/core';
import type { SubscriptionDraft } from './subscription-draft';

interface LimitsFieldsProps {
  readonly draft: SubscriptionDraft;
  readonly onChange: (part: Partial<SubscriptionDraft>) => void;
  readonly errorAt: (field: string) => string | undefined;
  /** A subscription with threads is ordered by them. */
  readonly hasThreadKey: boolean;
}

const DEFAULT_RATE = 10;

/** How much at once, how fast, how long and in which order. */
export function LimitsFields({ draft, onChange, errorAt, hasThreadKey }: LimitsFieldsProps) {
  const { limits, ordering, timeoutMs } = draft;
  const setLimits = (part: Partial<NonNullable<SubscriptionDraft['limits']>>) => {
    const next = { ...limits, ...part };
    const kept = Object.fromEntries(
      Object.entries(next).filter(([, value]) => value !== undefined),
    );
    onChange({ limits: Object.keys(kept).length === 0 ? null : kept });
  };
  return (
    <Stack gap="md">
      <Group align="flex-start" grow preventGrowOverflow={false}>
        <NumberInput
          label="At once"
          description="Attempts under way at the same time, over all processes. Empty: no limit."
          min={1}
          max={1_000}
          allowDecimal={false}
          value={limits?.maxConcurrency ?? ''}
          error={errorAt('limits.maxConcurrency')}
          onChange={(value) =>
            setLimits({ maxConcurrency: typeof value === 'number' ? value : undefined })
          }
        />
        <NumberInput
          label="Time-out (seconds)"
          description="Longest one attempt may take. Empty: the provider’s own."
          min={1}
          max={60}
          value={timeoutMs === null ? '' : timeoutMs / 1_000}
          error={errorAt('timeoutMs')}
          onChange={(value) =>
            onChange({ timeoutMs: typeof value === 'number' ? Math.round(value * 1_000) : null })
          }
        />
      </Group>
      <Group align="flex-end" gap="xs">
        <NumberInput
          label="Rate"
          description="Attempts begun, evenly spread. Empty: no limit."
          min={1}
          max={10_000}
          allowDecimal={false}
          value={limits?.rate?.limit ?? ''}
          error={errorAt('limits.rate') ?? errorAt('limits.rate.limit')}
          onChange={(value) =>
            setLimits({
              rate:
                typeof value === 'number'
                  ? { limit: value, per: limits?.rate?.per ?? 'second' }
                  : undefined,
            })
          }
        />
        <Select
          aria-label="Rate per"
          data={[
            { value: 'second', label: 'a second' },
            { value: 'minute', label: 'a minute' },
          ]}
          allowDeselect={false}
          w={130}
          value={limits?.rate?.per ?? 'second'}
          onChange={(per) =>
            setLimits({
              rate: {
                limit: limits?.rate?.limit ?? DEFAULT_RATE,
                per: per === 'minute' ? 'minute' : 'second',
              },
            })
          }
        />
      </Group>
      <Switch
        label="In order"
        description={
          hasThreadKey
            ? 'Deliveries of one thread go out one after the other anyway.'
            : 'One at a time, in the order in which events were accepted; what fails keeps what follows waiting.'
        }
        checked={ordering !== null}
        onChange={(event) => onChange({ ordering: event.currentTarget.checked ? {} : null })}
      />
      {ordering !== null && (
        <TextInput
          label="Order within"
          description="Path in the payload, like order.id: only events with the same value wait for one another. Empty: all of them."
          value={ordering.key ?? ''}
          error={errorAt('ordering.key') ?? errorAt('ordering')}
          onChange={({ currentTarget: { value } }) =>
            onChange({ ordering: value === '' ? {} : { key: value } })
          }
        />
      )}
    </Stack>
  );
}
