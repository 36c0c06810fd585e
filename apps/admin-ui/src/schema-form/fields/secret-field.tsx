import { Button, Group, Input, PasswordInput, Text, Textarea } from '@mantine/core';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { pathText } from '../field-path';
import { useFormContext } from '../form-context';
import type { FieldProps } from '../field-props';
import { useField } from './use-field';

/** Never shown. One that is stored is kept, replaced or cleared: by a choice, not by an empty field. */
export function SecretField(props: FieldProps) {
  const { storedSecrets } = useFormContext();
  const { value, set, input } = useField(props);
  const [isReplacing, setReplacing] = useState(false);
  const { schema, path, isRequired } = props;
  const isStored = storedSecrets.has(pathText(path));
  const isCleared = value === null;

  if (isStored && !isReplacing && typeof value !== 'string') {
    return (
      <Input.Wrapper {...input} labelElement="div" required={false}>
        <Group gap="xs" mt={4}>
          <KeyRound size={16} aria-hidden />
          <Text size="sm">
            {isCleared ? 'Will be removed when you save' : 'Stored, and kept as it is'}
          </Text>
          {isCleared ? (
            <Button size="compact-xs" variant="default" onClick={() => set(undefined)}>
              Keep it
            </Button>
          ) : (
            <>
              <Button size="compact-xs" variant="default" onClick={() => setReplacing(true)}>
                Replace
              </Button>
              {!isRequired && (
                <Button size="compact-xs" variant="subtle" color="red" onClick={() => set(null)}>
                  Remove
                </Button>
              )}
            </>
          )}
        </Group>
      </Input.Wrapper>
    );
  }

  const shared = {
    ...input,
    value: typeof value === 'string' ? value : '',
    placeholder: schema['x-placeholder'],
    autoFocus: isReplacing,
    onChange: (event: { currentTarget: { value: string } }) =>
      set(event.currentTarget.value === '' ? undefined : event.currentTarget.value),
  };
  return (
    <div>
      {schema['x-multiline'] ? (
        <Textarea {...shared} autosize minRows={3} maxRows={12} spellCheck={false} />
      ) : (
        <PasswordInput
          {...shared}
          aria-invalid={input.error !== undefined}
          autoComplete="new-password"
        />
      )}
      {isStored && (
        <Button
          size="compact-xs"
          variant="subtle"
          mt={4}
          onClick={() => {
            set(undefined);
            setReplacing(false);
          }}
        >
          Keep the stored one
        </Button>
      )}
    </div>
  );
}
