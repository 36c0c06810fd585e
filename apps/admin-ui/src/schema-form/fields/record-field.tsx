import { Button, CloseButton, Group, Input, Stack, TextInput } from '@mantine/core';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { pathText } from '../field-path';
import { useFormContext } from '../form-context';
import { isFormObject } from '../form-schema';
import type { FieldProps } from '../field-props';
import { useField } from './use-field';

/** Names that the admin chooses, each with a value: headers, fields. */
export function RecordField(props: FieldProps) {
  const { storedSecrets, Field } = useFormContext();
  const { value, set, input } = useField(props);
  const [draft, setDraft] = useState<string | null>(null);
  const { schema, path } = props;
  const record = isFormObject(value) ? value : {};
  const { additionalProperties } = schema;
  const item = typeof additionalProperties === 'object' ? additionalProperties : {};
  const prefix = `${pathText(path)}.`;
  const stored = [...storedSecrets]
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length));
  const names = [...new Set([...stored, ...Object.keys(record)])];
  const isTaken = draft !== null && names.includes(draft.trim());

  const add = () => {
    const name = draft?.trim() ?? '';
    if (name === '' || isTaken) return;
    set({ ...record, [name]: '' });
    setDraft(null);
  };

  return (
    <Input.Wrapper {...input} labelElement="div" required={false}>
      <Stack gap="xs" mt={4}>
        {names.map((name) => (
          <Group key={name} align="flex-end" wrap="nowrap" gap="xs">
            <div style={{ flex: 1, minWidth: 0 }}>
              <Field
                schema={{ ...item, title: name }}
                path={[...path, name]}
                name={name}
                isRequired={false}
              />
            </div>
            {!stored.includes(name) && (
              <CloseButton
                aria-label={`Remove ${name}`}
                onClick={() => {
                  const { [name]: _removed, ...others } = record;
                  set(others);
                }}
              />
            )}
          </Group>
        ))}
        {draft === null ? (
          <Button
            size="xs"
            variant="default"
            leftSection={<Plus size={14} aria-hidden />}
            onClick={() => setDraft('')}
            style={{ alignSelf: 'flex-start' }}
          >
            Add
          </Button>
        ) : (
          <Group gap="xs" align="flex-start">
            <TextInput
              aria-label={`New name in ${input.label}`}
              placeholder="Name"
              value={draft}
              autoFocus
              error={isTaken ? 'is there already' : undefined}
              onChange={(event) => setDraft(event.currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key === 'Enter') {
                  event.preventDefault();
                  add();
                } else if (event.key === 'Escape') setDraft(null);
              }}
            />
            <Button
              size="sm"
              variant="default"
              onClick={add}
              disabled={draft.trim() === '' || isTaken}
            >
              Add
            </Button>
            <Button size="sm" variant="subtle" onClick={() => setDraft(null)}>
              Cancel
            </Button>
          </Group>
        )}
      </Stack>
    </Input.Wrapper>
  );
}
