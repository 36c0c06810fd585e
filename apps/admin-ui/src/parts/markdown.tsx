import { Typography } from '@mantine/core';
import type { ReactNode } from 'react';
import ReactMarkdown from 'react-markdown';
import { CodeText } from './code-text';

/** Markdown of a provider's guide. Raw HTML in it stays text; links open beside the page. */
export function Markdown({ text }: { readonly text: string }) {
  return (
    <Typography fz="sm">
      <ReactMarkdown
        components={{
          // The page has its own `h1` and `h2`.
          h1: 'h3',
          h2: 'h3',
          h3: 'h4',
          a: ({ href, children }) => (
            <a href={href} target="_blank" rel="noreferrer">
              {children}
            </a>
          ),
          pre: ({ children }) => <>{children}</>,
          code: ({ children, className }) =>
            className === undefined ? (
              <code>{children}</code>
            ) : (
              <CodeText text={textOf(children)} label="code" />
            ),
        }}
      >
        {text}
      </ReactMarkdown>
    </Typography>
  );
}

/** A block of code is one text, or nothing. */
function textOf(children: ReactNode): string {
  return typeof children === 'string' ? children.trimEnd() : '';
}
