/** A key as an operator gives it: 32 bytes in base64. */
export interface EncryptionKey {
  readonly id: string;
  readonly key: string;
}

const KEY_BYTES = 32;
const KEY_ID_FORM = /^[A-Za-z0-9._-]{1,64}$/;
/** Random bytes have about 30 different values among 32; a repeated or typed phrase has few. */
const MIN_DIFFERENT_BYTES = 16;
const CURE = 'make one with: openssl rand -base64 32';

/** The keys that secrets are encrypted with. The first encrypts, all decrypt. */
export class KeyRing {
  readonly primary: { readonly id: string; readonly bytes: Buffer };
  private readonly keys: ReadonlyMap<string, Buffer>;

  /** @throws TypeError listing what is wrong with the keys */
  constructor(keys: readonly EncryptionKey[]) {
    const problems = keyRingProblems(keys);
    const [first] = keys;
    if (problems.length > 0 || !first)
      throw new TypeError(problems.join('; ') || 'keys: none given');
    this.keys = new Map(keys.map(({ id, key }) => [id, decode(key)]));
    this.primary = { id: first.id, bytes: decode(first.key) };
  }

  find(id: string): Buffer | undefined {
    return this.keys.get(id);
  }
}

/** What is wrong with these keys, one line a mistake, for the start's message. */
export function keyRingProblems(keys: readonly EncryptionKey[]): string[] {
  const problems: string[] = [];
  if (keys.length === 0) problems.push(`keys: give at least one; ${CURE}`);
  const seen = new Set<string>();
  keys.forEach(({ id, key }, i) => {
    if (!KEY_ID_FORM.test(id)) {
      problems.push(`keys[${i}].id: use 1 to 64 letters, digits, dots, dashes`);
    }
    if (seen.has(id)) problems.push(`keys[${i}].id: '${id}' is there twice`);
    seen.add(id);
    const bytes = decode(key);
    if (bytes.length !== KEY_BYTES) {
      problems.push(
        `keys[${i}].key: is ${bytes.length} bytes in base64, must be ${KEY_BYTES}; ${CURE}`,
      );
    } else if (new Set(bytes).size < MIN_DIFFERENT_BYTES) {
      problems.push(`keys[${i}].key: is too regular to be random; ${CURE}`);
    }
  });
  return problems;
}

function decode(key: string): Buffer {
  return Buffer.from(key, /^[0-9a-f]{64}$/i.test(key) ? 'hex' : 'base64');
}
