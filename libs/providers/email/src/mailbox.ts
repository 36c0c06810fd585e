/** One address, perhaps with the name of who is there. */
export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

/** `ops@example.com`, `Ops <ops@example.com>`, `"Ops, night" <ops@example.com>`. */
const MAILBOX = /^(?:(?:"([^"\\]*)"|([^"<>]*?))\s*<([^<>]*)>|([^<>]*))$/;
/** ASCII before its one `@`; then labels of any script, the last of which is no number. */
const ADDRESS =
  /^(?=[^@]{1,64}@[^@]{1,253}$)[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)*\p{L}[\p{L}\p{N}-]{0,62}$/u;
// oxlint-disable-next-line no-control-regex
const CONTROL_CHARACTER = /[\0-\x1f\x7f\u2028\u2029]/;

/**
 * Reads exactly one mailbox: null where the text is none, is several, or holds what could begin another
 * header or recipient.
 */
export function mailboxOf(text: string): Mailbox | null {
  const trimmed = text.trim();
  if (trimmed.length > 500 || CONTROL_CHARACTER.test(trimmed)) return null;
  const [, quoted, plain, bracketed, bare] = MAILBOX.exec(trimmed) ?? [];
  const address = (bracketed ?? bare ?? '').trim();
  if (!ADDRESS.test(address)) return null;
  return { name: (quoted ?? plain ?? '').trim(), address };
}

export function domainOf({ address }: Mailbox): string {
  return address.slice(address.lastIndexOf('@') + 1);
}
