/** The first characters of a text, no half of a pair among them: services refuse it, or garble it. */
export function cutText(text: string, max: number): string {
  return text.length <= max ? text : text.slice(0, max).replace(/[\uD800-\uDBFF]$/, '');
}
