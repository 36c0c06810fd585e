import { Editor } from '../code-editor/editor';
import type { CompletablePath } from './liquid-completion';

export interface TemplateEditorProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly paths: readonly CompletablePath[];
  readonly placeholder?: string | undefined;
  readonly isMultiline: boolean;
  readonly isJson: boolean;
}

/** Liquid with completion. */
export function TemplateEditor(props: TemplateEditorProps) {
  const { label, value, onChange, paths, placeholder, isMultiline, isJson } = props;
  return (
    <Editor
      label={label}
      value={value}
      onChange={onChange}
      language={isJson ? 'liquid-json' : 'liquid'}
      paths={paths}
      placeholder={placeholder}
      minLines={isMultiline ? 4 : 1}
      isSingleLine={!isMultiline}
    />
  );
}
