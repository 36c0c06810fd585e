import { Button, Card, CloseButton, Group, Input, Stack, TagsInput } from '@mantine/core';
import { Plus } from 'lucide-react';
import { dereferenced, typeOf } from '../form-schema';
import { initialConfig } from '../initial-config';
import { useFormContext } from '../form-context';
import type { FieldProps } from '../field-props';
import { useField } from './use-field';

/** Short texts as tags, anything else as cards. */
export function ListField(props: FieldProps) {
  const { root, Field } = useFormContext();
  const { value, set, input } = useField(props);
  const { schema, path } = props;
  const list: unknown[] = Array.isArray(value) ? value : [];
  const item = typeof schema.items === 'object' ? dereferenced(schema.items, root) : {};

  if (typeOf(item) === 'string' && !item['x-template'] && !item['x-secret'] && !item['x-options']) {
    return (
      <TagsInput
        {...input}
        value={list.map(String)}
        data={(item.enum ?? []).map(String)}
        placeholder={list.length === 0 ? (item['x-placeholder'] ?? 'Type, then Enter') : undefined}
        splitChars={[',']}
        maxTags={schema.maxItems}
        onChange={(next) => set(next.length === 0 ? undefined : next)}
      />
    );
  }
  return (
    <Input.Wrapper {...input} labelElement="div">
      <Stack gap="xs" mt={4}>
        {list.map((_, index) => (
          // Rows have no identity but their place.
          <Card key={index} withBorder padding="sm">
            <Group align="flex-start" wrap="nowrap">
              <div style={{ flex: 1 }}>
                <Field schema={item} path={[...path, index]} name={`${index + 1}`} isRequired />
              </div>
              <CloseButton
                aria-label={`Remove ${input.label} ${index + 1}`}
                onClick={() => set(list.filter((__, other) => other !== index))}
              />
            </Group>
          </Card>
        ))}
        <Button
          size="xs"
          variant="default"
          leftSection={<Plus size={14} aria-hidden />}
          disabled={schema.maxItems !== undefined && list.length >= schema.maxItems}
          onClick={() => set([...list, initialConfig(item, root) ?? ''])}
          style={{ alignSelf: 'flex-start' }}
        >
          Add
        </Button>
      </Stack>
    </Input.Wrapper>
  );
}
