import { Input } from '@mantine/core';
import { TemplateEditor } from '../../template-editor/template-editor';
import { valueAt } from '../field-path';
import { useFormContext } from '../form-context';
import type { FieldProps } from '../field-props';
import { useField } from './use-field';

/** Liquid, with the payload's paths to complete. */
export function TemplateField(props: FieldProps) {
  const { config, templatePaths } = useFormContext();
  const { value, set, input } = useField(props);
  const { schema, path } = props;
  const hint = schema['x-template'];
  const target = typeof hint === 'object' ? valueAt(config, [...path.slice(0, -1), hint.by]) : hint;
  return (
    <Input.Wrapper {...input} labelElement="div">
      <TemplateEditor
        label={input.label}
        value={typeof value === 'string' ? value : ''}
        placeholder={schema['x-placeholder']}
        isMultiline={schema['x-multiline'] === true}
        isJson={target === 'json'}
        paths={templatePaths}
        onChange={(next) => set(next === '' ? undefined : next)}
      />
    </Input.Wrapper>
  );
}
