import { HighlightStyle } from '@codemirror/language';
import { tags } from '@lezer/highlight';

/** The default's colours are too dark on a dark ground. */
export const darkHighlightStyle = HighlightStyle.define([
  { tag: [tags.string, tags.special(tags.string)], color: '#a5d6a7' },
  { tag: [tags.number, tags.bool, tags.null], color: '#ffcc80' },
  { tag: [tags.keyword, tags.operatorKeyword], color: '#ce93d8' },
  { tag: [tags.propertyName, tags.definition(tags.variableName)], color: '#90caf9' },
  { tag: tags.comment, color: '#a0a8b0', fontStyle: 'italic' },
]);
