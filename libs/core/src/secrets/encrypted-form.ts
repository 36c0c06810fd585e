/**
 * The form of a stored secret: key id, then iv, tag and ciphertext. As source text, because Postgres
 * counts with the same expression that this package decrypts by.
 */
export const ENCRYPTED_FORM = 'enc:v1:([A-Za-z0-9._-]{1,64}):([A-Za-z0-9_-]+)';

/** The same within stored JSON: a string of its own, not part of one and not the name of a field. */
export const ENCRYPTED_IN_JSON = `(?<!\\\\)"${ENCRYPTED_FORM}"(?!\\s*:)`;

/** A stored JSON text in which each encrypted value is replaced; all else stays to the letter. */
export function mapEncryptedIn(json: string, replace: (encrypted: string) => string): string {
  return json.replaceAll(
    new RegExp(ENCRYPTED_IN_JSON, 'g'),
    (quoted) => `"${replace(quoted.slice(1, -1))}"`,
  );
}
