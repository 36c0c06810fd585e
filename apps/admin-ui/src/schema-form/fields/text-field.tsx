import { Textarea, TextInput } from '@mantine/core';
import type { FieldProps } from '../field-props';
import { useField } from './use-field';

export function TextField(props: FieldProps) {
  const { value, set, input } = useField(props);
  const { schema } = props;
  const shared = {
    ...input,
    value: typeof value === 'string' ? value : '',
    placeholder: schema['x-placeholder'],
    onChange: (event: { currentTarget: { value: string } }) =>
      set(event.currentTarget.value === '' ? undefined : event.currentTarget.value),
  };
  if (schema['x-multiline']) return <Textarea {...shared} autosize minRows={3} maxRows={16} />;
  return <TextInput {...shared} type={schema.format === 'email' ? 'email' : 'text'} />;
}
