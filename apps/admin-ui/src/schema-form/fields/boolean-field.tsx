import { Switch } from '@mantine/core';
import type { FieldProps } from '../field-props';
import { useField } from './use-field';

export function BooleanField(props: FieldProps) {
  const { value, set, input } = useField(props);
  const { required: _required, ...shown } = input;
  return (
    <Switch
      {...shown}
      checked={value === true}
      onChange={(event) => set(event.currentTarget.checked)}
    />
  );
}
