/** A secret in the forms in which something may repeat it; written apart from what redacts them. */
export function formsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const ascii = json.replaceAll(/[^\0-\x7e]/g, (unit) => `\\u${hex(unit.charCodeAt(0), 4)}`);
  const percent = encodeURIComponent(secret);
  const bytes = Buffer.from(secret);
  return [
    ...new Set([
      secret,
      json,
      JSON.stringify(json).slice(1, -1),
      ascii,
      ascii.replaceAll('/', '\\/'),
      json.replaceAll('/', '\\/'),
      json.replaceAll(/[<>&]/g, (unit) => `\\u00${hex(unit.charCodeAt(0), 2)}`),
      percent,
      percent.replaceAll('%20', '+'),
      percent.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
      percent.replaceAll(/[!'()*]/g, (unit) => `%${hex(unit.charCodeAt(0), 2).toUpperCase()}`),
      new URLSearchParams({ secret }).toString().slice('secret='.length),
      html(secret),
      bytes.toString('hex'),
      bytes.toString('hex').toUpperCase(),
      ...[0, 1, 2].flatMap((offset) => base64At(bytes, offset)),
    ]),
  ];
}

/** What every Base64 text has in it that holds these bytes at this offset of a group of three. */
function base64At(bytes: Buffer, offset: number): string[] {
  const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  const whole = Math.floor(((offset + bytes.length) * 8) / 6);
  const core = encoded.slice([0, 2, 3][offset], whole);
  return [core, core.replaceAll('+', '-').replaceAll('/', '_')];
}

function hex(code: number, length: number): string {
  return code.toString(16).padStart(length, '0');
}

function html(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
