import { Button, Fieldset, Group, Stack, Text } from '@mantine/core';
import { Plus, Trash2 } from 'lucide-react';
import { applies } from '../applies';
import { isFormObject, labelOf } from '../form-schema';
import { initialConfig } from '../initial-config';
import { useFormContext } from '../form-context';
import type { FieldProps } from '../field-props';
import { useField } from './use-field';

/** Fields that belong together; the root's stand by themselves, an optional one's are added on request. */
export function ObjectField(props: FieldProps) {
  const { root } = useFormContext();
  const { value, set, input } = useField(props);
  const { schema, path, name, isRequired } = props;
  if (path.length === 0 || typeof path.at(-1) === 'number') return <Fields {...props} />;
  const label = labelOf(name, schema);
  if (!isRequired && !isFormObject(value)) {
    return (
      <div>
        <Text size="sm" fw={500}>
          {label}
        </Text>
        {schema.description !== undefined && (
          <Text size="xs" c="dimmed">
            {schema.description}
          </Text>
        )}
        <Button
          mt={6}
          size="xs"
          variant="default"
          leftSection={<Plus size={14} aria-hidden />}
          onClick={() => set(initialConfig(schema, root) ?? {})}
        >
          Add
        </Button>
      </div>
    );
  }
  return (
    <Fieldset legend={label} data-field={input['data-field']}>
      <Stack gap="sm">
        {schema.description !== undefined && (
          <Text size="xs" c="dimmed">
            {schema.description}
          </Text>
        )}
        {input.error !== undefined && (
          <Text size="xs" c="red" role="alert">
            {input.error}
          </Text>
        )}
        <Fields {...props} />
        {!isRequired && (
          <Group justify="flex-end">
            <Button
              size="compact-xs"
              variant="subtle"
              color="red"
              leftSection={<Trash2 size={14} aria-hidden />}
              onClick={() => set(undefined)}
            >
              Remove {label.toLowerCase()}
            </Button>
          </Group>
        )}
      </Stack>
    </Fieldset>
  );
}

/** Those that apply, in the schema's order. */
export function Fields({ schema, path }: FieldProps) {
  const { config, Field } = useFormContext();
  const { value } = useField({ schema, path, name: '', isRequired: true });
  const siblings = path.length === 0 ? config : value;
  const { properties = {}, required = [] } = schema;
  return (
    <Stack gap="md">
      {Object.entries(properties)
        .filter(([, property]) => property.const === undefined && applies(property, siblings))
        .map(([name, property]) => (
          <Field
            key={name}
            schema={property}
            path={[...path, name]}
            name={name}
            isRequired={required.includes(name)}
          />
        ))}
    </Stack>
  );
}
