import { autocompletion, completionKeymap, type CompletionContext } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { javascript } from '@codemirror/lang-javascript';
import { json } from '@codemirror/lang-json';
import {
  bracketMatching,
  defaultHighlightStyle,
  HighlightStyle,
  syntaxHighlighting,
} from '@codemirror/language';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import { EditorView, keymap, placeholder as placeholderOf } from '@codemirror/view';
import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { mounted } from '../api/mounted';
import { completionsAt, type CompletablePath } from '../template-editor/liquid-completion';
import classes from './code-editor.module.css';
import { darkHighlightStyle } from './dark-highlight-style';
import { liquidMarks } from './liquid-marks';

export type EditorLanguage = 'liquid' | 'liquid-json' | 'javascript' | 'json';

export interface CodeEditorProps {
  readonly label: string;
  readonly value: string;
  readonly onChange?: (value: string) => void;
  readonly language: EditorLanguage;
  readonly paths?: readonly CompletablePath[];
  readonly placeholder?: string | undefined;
  readonly minLines?: number;
  readonly isSingleLine?: boolean;
}

/** An editor for code and templates; without `onChange` it only shows. Tab leaves it, as any field. */
export default function CodeEditor(props: CodeEditorProps) {
  const { label, value, language, placeholder, minLines = 4, isSingleLine = false } = props;
  const parent = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  // The editor outlives renders: it asks for the newest.
  const latest = useRef(props);
  latest.current = props;
  const scheme = useComputedColorScheme('light');
  const highlighting = useRef(new Compartment());
  const isReadOnly = props.onChange === undefined;

  useEffect(() => {
    if (!parent.current) return;
    const created = new EditorView({
      parent: parent.current,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: [
          EditorView.cspNonce.of(mounted.nonce),
          history(),
          keymap.of([...completionKeymap, ...historyKeymap, ...defaultKeymap]),
          bracketMatching(),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': label }),
          EditorState.readOnly.of(isReadOnly),
          languageOf(language),
          highlighting.current.of(highlightOf('light')),
          placeholder === undefined ? [] : placeholderOf(placeholder),
          isSingleLine
            ? EditorState.transactionFilter.of((tr) => (tr.newDoc.lines > 1 ? [] : tr))
            : [],
          autocompletion({
            override: [(context) => complete(context, latest.current.paths ?? [])],
            activateOnTyping: true,
          }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange?.(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = created;
    return () => created.destroy();
  }, [label, language, placeholder, isSingleLine, isReadOnly]);

  useEffect(() => {
    view.current?.dispatch({ effects: highlighting.current.reconfigure(highlightOf(scheme)) });
  }, [scheme, label, language, placeholder, isSingleLine, isReadOnly]);

  useEffect(() => {
    const current = view.current;
    if (!current || current.state.doc.toString() === value) return;
    current.dispatch({ changes: { from: 0, to: current.state.doc.length, insert: value } });
  }, [value]);

  return (
    <div
      ref={parent}
      className={classes.editor}
      style={{ minHeight: `calc(${minLines} * 1.4em + 16px)` }}
    />
  );
}

function highlightOf(scheme: 'light' | 'dark'): Extension {
  const style: HighlightStyle = scheme === 'dark' ? darkHighlightStyle : defaultHighlightStyle;
  return syntaxHighlighting(style, { fallback: true });
}

function languageOf(language: EditorLanguage): Extension {
  switch (language) {
    case 'javascript':
      return javascript();
    case 'json':
      return json();
    case 'liquid-json':
      return [json(), liquidMarks];
    case 'liquid':
      return liquidMarks;
  }
}

function complete(context: CompletionContext, paths: readonly CompletablePath[]) {
  const found = completionsAt(context.state.sliceDoc(0, context.pos), paths);
  if (!found || found.completions.length === 0) return null;
  return {
    from: found.from,
    options: found.completions.map(({ label, type, detail }) => ({ label, type, detail })),
    validFor: /^[\w.[\]-]*$/,
  };
}
