import { NumberInput } from '@mantine/core';
import { typeOf } from '../form-schema';
import type { FieldProps } from '../field-props';
import { useField } from './use-field';

export function NumberField(props: FieldProps) {
  const { value, set, input } = useField(props);
  const { schema } = props;
  return (
    <NumberInput
      {...input}
      value={typeof value === 'number' ? value : ''}
      min={schema.minimum}
      max={schema.maximum}
      allowDecimal={typeOf(schema) !== 'integer'}
      clampBehavior="none"
      onChange={(next) => set(typeof next === 'number' ? next : undefined)}
      maw={240}
    />
  );
}
