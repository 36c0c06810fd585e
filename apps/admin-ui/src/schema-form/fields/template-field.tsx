import { Input } from '@mantine/core';
import { TemplateEditor } from '../../template-editor/template-editor';
import { useFormContext } from '../form-context';
import type { FieldProps } from '../field-props';
import { useField } from './use-field';

/** Liquid, with the payload's paths to complete. */
export function TemplateField(props: FieldProps) {
  const { templatePaths } = useFormContext();
  const { value, set, input } = useField(props);
  const { schema } = props;
  return (
    <Input.Wrapper {...input} labelElement="div">
      <TemplateEditor
        label={input.label}
        value={typeof value === 'string' ? value : ''}
        placeholder={schema['x-placeholder']}
        isMultiline={schema['x-multiline'] === true}
        isJson={schema['x-template'] === 'json'}
        paths={templatePaths}
        onChange={(next) => set(next === '' ? undefined : next)}
      />
    </Input.Wrapper>
  );
}
