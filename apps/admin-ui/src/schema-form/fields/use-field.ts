import { pathText, valueAt } from '../field-path';
import { useFormContext } from '../form-context';
import { labelOf } from '../form-schema';
import type { FieldProps } from '../field-props';

/** What every kind of field shows and does. */
export function useField({ schema, path, name, isRequired }: FieldProps) {
  const { config, errors, change } = useFormContext();
  const id = pathText(path);
  return {
    value: valueAt(config, path),
    set: (value: unknown) => change(path, value),
    input: {
      label: labelOf(name, schema),
      description: schema.description,
      error: errors.get(id),
      required: isRequired && schema.default === undefined,
      'data-field': id,
    },
  };
}
