import { Textarea } from '@mantine/core';
import { lazy, Suspense } from 'react';
import type { CompletablePath } from './liquid-completion';

const CodeEditor = lazy(() => import('../code-editor/code-editor'));

export interface TemplateEditorProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly paths: readonly CompletablePath[];
  readonly placeholder?: string | undefined;
  readonly isMultiline: boolean;
  readonly isJson: boolean;
}

/** Liquid with completion. The editor is loaded when one is shown; until then, and without it, one types in plain text. */
export function TemplateEditor({
  label,
  value,
  onChange,
  paths,
  placeholder,
  isMultiline,
  isJson,
}: TemplateEditorProps) {
  return (
    <Suspense
      fallback={
        <Textarea
          aria-label={label}
          value={value}
          placeholder={placeholder}
          rows={isMultiline ? 4 : 1}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      }
    >
      <CodeEditor
        label={label}
        value={value}
        onChange={onChange}
        language={isJson ? 'liquid-json' : 'liquid'}
        paths={paths}
        placeholder={placeholder}
        minLines={isMultiline ? 4 : 1}
        isSingleLine={!isMultiline}
      />
    </Suspense>
  );
}
