/** Atlassian Document Format: https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/ */
export interface AdfDocument {
  readonly type: 'doc';
  readonly version: 1;
  readonly content: readonly AdfNode[];
}

interface AdfNode {
  readonly type: 'paragraph' | 'hardBreak' | 'text' | 'codeBlock';
  readonly text?: string;
  readonly content?: readonly AdfNode[];
  readonly attrs?: Readonly<Record<string, unknown>>;
}

/** Plain text: paragraphs parted by blank lines, line breaks kept. Nothing in it is markup. */
export function textToAdf(text: string): AdfDocument {
  const paragraphs = text.split(/\n[ \t]*\n\s*/);
  return documentOf(paragraphs.filter((paragraph) => paragraph.trim() !== '').map(paragraphOf));
}

export function jsonToAdf(json: string): AdfDocument {
  return documentOf([
    { type: 'codeBlock', attrs: { language: 'json' }, content: [{ type: 'text', text: json }] },
  ]);
}

function documentOf(content: readonly AdfNode[]): AdfDocument {
  return { type: 'doc', version: 1, content };
}

/** A text node may not be empty. */
function paragraphOf(paragraph: string): AdfNode {
  const content = paragraph
    .trimEnd()
    .split('\n')
    .flatMap((line, i): AdfNode[] => [
      ...(i > 0 ? [{ type: 'hardBreak' as const }] : []),
      ...(line === '' ? [] : [{ type: 'text' as const, text: line }]),
    ]);
  return { type: 'paragraph', content };
}
