import { Textarea } from '@mantine/core';
import { lazy, Suspense } from 'react';
import type { CodeEditorProps } from './code-editor';

const CodeEditor = lazy(() =>
  // Its session may have ended, or its server be away: no reason to lose the form around it.
  import('./code-editor').catch(() => ({ default: PlainEditor })),
);

/** The editor, loaded when one is shown; until then, and without it, one types in plain text. */
export function Editor(props: CodeEditorProps) {
  return (
    <Suspense fallback={<PlainEditor {...props} />}>
      <CodeEditor {...props} />
    </Suspense>
  );
}

function PlainEditor(props: CodeEditorProps) {
  const { label, value, onChange, placeholder, minLines = 4, isSingleLine = false } = props;
  return (
    <Textarea
      aria-label={label}
      value={value}
      placeholder={placeholder}
      rows={isSingleLine ? 1 : minLines}
      readOnly={onChange === undefined}
      onChange={(event) => onChange?.(event.currentTarget.value)}
    />
  );
}
