import { Select } from '@mantine/core';
import { labelOf } from '../form-schema';
import type { FieldProps } from '../field-props';
import { useField } from './use-field';

/** One of a few values that the schema names. */
export function ChoiceField(props: FieldProps) {
  const { value, set, input } = useField(props);
  const { schema, isRequired } = props;
  const values = (schema.enum ?? []).filter((item) => item !== null).map(String);
  return (
    <Select
      {...input}
      data={values.map((item) => ({ value: item, label: choiceLabel(item) }))}
      value={typeof value === 'string' ? value : null}
      onChange={(next) => set(next ?? undefined)}
      allowDeselect={!isRequired}
      clearable={!isRequired && schema.default === undefined}
      maw={420}
    />
  );
}

/** What is no word (`POST`, `v1`) is shown as it is. */
function choiceLabel(value: string): string {
  return /^[a-z][a-z -]*$/.test(value) ? labelOf(value, {}) : value;
}
