const PLACE = /\{\{([^{}]*)\}\}/;

/**
 * From version 1, whose templates knew `{{ path }}` and nothing else, to Liquid: what was text and
 * would be a tag now stays text.
 */
export function withLiquidTemplate(config: unknown): unknown {
  if (typeof config !== 'object' || config === null || !('template' in config)) return config;
  const { template } = config;
  return typeof template === 'string' ? { ...config, template: toLiquid(template) } : config;
}

function toLiquid(source: string): string {
  const pieces = source.split(PLACE);
  return pieces
    .map((piece, index) =>
      index % 2 === 1 ? `{{${piece}}}` : asText(piece, index < pieces.length - 1),
    )
    .join('');
}

/** A text of its own: a brace at its end must not join the place that follows. */
function asText(text: string, isBeforePlace: boolean): string {
  const plain = text.replaceAll('{%', raw('{%'));
  return isBeforePlace && plain.endsWith('{') ? plain.slice(0, -1) + raw('{') : plain;
}

function raw(text: string): string {
  return `{% raw %}${text}{% endraw %}`;
}
