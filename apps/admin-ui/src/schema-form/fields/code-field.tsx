import { Input } from '@mantine/core';
import { Editor } from '../../code-editor/editor';
import type { FieldProps } from '../field-props';
import { useField } from './use-field';

/** Code, in an editor that knows its language. */
export function CodeField(props: FieldProps) {
  const { value, set, input } = useField(props);
  const { schema } = props;
  return (
    <Input.Wrapper {...input} labelElement="div">
      <Editor
        label={input.label}
        language={schema['x-code'] ?? 'javascript'}
        value={typeof value === 'string' ? value : ''}
        placeholder={schema['x-placeholder']}
        minLines={8}
        onChange={(next) => set(next === '' ? undefined : next)}
      />
    </Input.Wrapper>
  );
}
