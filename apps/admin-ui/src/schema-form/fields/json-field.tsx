import { JsonInput } from '@mantine/core';
import { useState } from 'react';
import type { FieldProps } from '../field-props';
import { useField } from './use-field';

/** Any JSON value, where the schema says no more of it. */
export function JsonField(props: FieldProps) {
  const { value, set, input } = useField(props);
  const [text, setText] = useState(() =>
    value === undefined ? '' : JSON.stringify(value, null, 2),
  );
  const problem = problemOf(text);
  return (
    <JsonInput
      {...input}
      error={problem ?? input.error}
      value={text}
      autosize
      minRows={3}
      formatOnBlur
      onChange={(next) => {
        setText(next);
        if (next.trim() === '') set(undefined);
        else if (problemOf(next) === null) set(JSON.parse(next));
      }}
    />
  );
}

function problemOf(text: string): string | null {
  if (text.trim() === '') return null;
  try {
    JSON.parse(text);
    return null;
  } catch {
    return 'is not JSON yet';
  }
}
