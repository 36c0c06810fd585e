const URL_IN_TEXT = /https?:\/\/[\w./?=&%#:@~+,;-]+/g;
const MARKUP = /[{}[\]!|*_^~+]/g;
const LIST_START = /^(\s*)([-#])/gm;
/** A dash that stands beside a space or another dash may strike a text out, or become a longer one. */
const DASH = /(?<!\\)(?:(?<=[\s-])-|-(?=[\s-]))/g;
/** What no backslash helps against: it is parted by a character of no width. */
const PARTED =
  /\\|\?(?=\?)|^\s*(?=(?:h[1-6]|bq)\.)|\((?=(?:[xyi/]|on|off|flag\w*)\))|[:;](?=[()DPp])/gm;
const JOINER = '\u2060';

/**
 * Text that Data Center's wiki markup shows as it is. URLs stay links: in one of these characters,
 * none is markup.
 */
export function textToWiki(text: string): string {
  let escaped = '';
  let at = 0;
  for (const { 0: url, index } of text.matchAll(URL_IN_TEXT)) {
    escaped += escapeMarkup(text.slice(at, index)) + url;
    at = index + url.length;
  }
  return escaped + escapeMarkup(text.slice(at));
}

export function jsonToWiki(json: string): string {
  // The mark of its end must not stand in it.
  return `{code:json}\n${json.replaceAll('{code', '{ code')}\n{code}`;
}

function escapeMarkup(text: string): string {
  return text
    .replaceAll(PARTED, `$&${JOINER}`)
    .replaceAll(MARKUP, String.raw`\$&`)
    .replaceAll(LIST_START, String.raw`$1\$2`)
    .replaceAll(DASH, String.raw`\$&`);
}
