import {
  Badge,
  Checkbox,
  Group,
  Input,
  Pill,
  ScrollArea,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { isOperational, patternMatches } from '@nest-integrations/common';
import { Search } from 'lucide-react';
import { useMemo, useState } from 'react';

export interface PickableEventType {
  readonly id: string;
  readonly displayName: string;
  readonly description?: string | null;
  readonly category?: string | null;
  readonly deprecated?: boolean;
}

export interface EventTypePickerProps {
  readonly eventTypes: readonly PickableEventType[];
  /** Exact types, prefixes (`incident.*`) or `*`. */
  readonly patterns: readonly string[];
  readonly onChange: (patterns: string[]) => void;
  readonly error?: string | undefined;
}

/** The catalogue by category; what a wildcard already covers can't be chosen beside it. */
export function EventTypePicker({ eventTypes, patterns, onChange, error }: EventTypePickerProps) {
  const [search, setSearch] = useState('');
  const groups = useMemo(() => groupsOf(eventTypes, search), [eventTypes, search]);
  const toggle = (pattern: string, isChosen: boolean) =>
    onChange(
      isChosen ? withPattern(patterns, pattern) : patterns.filter((other) => other !== pattern),
    );
  const coveredBy = (type: string) =>
    patterns.find((pattern) => pattern !== type && patternMatches(pattern, type));

  return (
    <Stack gap="xs">
      <Group gap={6} aria-label="Chosen events">
        {patterns.length === 0 && (
          <Text size="sm" c="dimmed">
            Choose at least one event.
          </Text>
        )}
        {patterns.map((pattern) => (
          <Pill
            key={pattern}
            withRemoveButton
            onRemove={() => toggle(pattern, false)}
            removeButtonProps={{
              'aria-label': `Remove ${pattern}`,
              'aria-hidden': false,
              tabIndex: 0,
            }}
          >
            {pattern}
          </Pill>
        ))}
      </Group>
      <TextInput
        aria-label="Search events"
        placeholder="Search events"
        leftSection={<Search size={16} aria-hidden />}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      <Input.Wrapper error={error}>
        <ScrollArea.Autosize mah={340} type="auto" offsetScrollbars>
          <Stack gap="md" py="xs">
            {search === '' && (
              <Checkbox
                label="Every event (*)"
                description="Also those that the platform adds later"
                checked={patterns.includes('*')}
                onChange={(event) => toggle('*', event.currentTarget.checked)}
              />
            )}
            {groups.map(({ category, types, wildcards }) => (
              <Stack key={category} gap={6} role="group" aria-label={category}>
                <Text size="xs" fw={700} tt="uppercase" c="dimmed">
                  {category}
                </Text>
                {wildcards.map((wildcard) => (
                  <Checkbox
                    key={wildcard}
                    label={`All of ${wildcard}`}
                    checked={
                      patterns.includes(wildcard) || coveredBy(wildcard.slice(0, -1) + 'x') === '*'
                    }
                    disabled={patterns.includes('*') && !isOperational(wildcard)}
                    onChange={(event) => toggle(wildcard, event.currentTarget.checked)}
                  />
                ))}
                {types.map(({ id, displayName, description, deprecated }) => {
                  const cover = coveredBy(id);
                  return (
                    <Checkbox
                      key={id}
                      pl="md"
                      label={
                        <Group gap={6} component="span">
                          <span>{displayName}</span>
                          <Text span size="xs" c="dimmed" ff="monospace">
                            {id}
                          </Text>
                          {deprecated === true && (
                            <Badge size="xs" color="orange" variant="light">
                              deprecated
                            </Badge>
                          )}
                        </Group>
                      }
                      description={cover === undefined ? description : `Covered by ${cover}`}
                      checked={cover !== undefined || patterns.includes(id)}
                      disabled={cover !== undefined}
                      onChange={(event) => toggle(id, event.currentTarget.checked)}
                    />
                  );
                })}
              </Stack>
            ))}
            {groups.length === 0 && (
              <Text size="sm" c="dimmed">
                No event is called “{search}”.
              </Text>
            )}
          </Stack>
        </ScrollArea.Autosize>
      </Input.Wrapper>
    </Stack>
  );
}

/** A wildcard takes the place of what it covers. */
function withPattern(patterns: readonly string[], pattern: string): string[] {
  const others = patterns.filter(
    (other) => other !== pattern && !patternMatches(pattern, other.replace('*', 'x')),
  );
  return [...others, pattern];
}

interface Group {
  readonly category: string;
  readonly types: readonly PickableEventType[];
  readonly wildcards: readonly string[];
}

function groupsOf(eventTypes: readonly PickableEventType[], search: string): Group[] {
  const wanted = search.trim().toLowerCase();
  const byCategory = new Map<string, PickableEventType[]>();
  for (const type of eventTypes) {
    const text = `${type.id} ${type.displayName} ${type.description ?? ''}`.toLowerCase();
    if (!text.includes(wanted)) continue;
    const category = type.category ?? 'Other';
    byCategory.set(category, [...(byCategory.get(category) ?? []), type]);
  }
  return [...byCategory]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([category, types]) => ({ category, types, wildcards: wildcardsOf(types) }));
}

/** The longest prefix that several types of a category share. */
function wildcardsOf(types: readonly PickableEventType[]): string[] {
  const counts = new Map<string, number>();
  for (const { id } of types) {
    const prefix = id.split('.').slice(0, -1).join('.');
    if (prefix !== '') counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
  }
  return [...counts].filter(([, count]) => count > 1).map(([prefix]) => `${prefix}.*`);
}
