/** A key as an operator gives it: 32 bytes in base64. */
export interface EncryptionKey {
  readonly id: string;
  readonly key: string;
}

const KEY_BYTES = 32;
const KEY_ID_FORM = /^[A-Za-z0-9._-]{1,64}$/;
/**
 * Random bytes have about 30 different values among 32, and as many different steps from one to the
 * next; a repeated phrase or a counted row has few.
 */
const MIN_DIFFERENT_BYTES = 16;
/** Base64 in either alphabet; hex is within it. */
const ENCODED = /^[A-Za-z0-9+/_-]+={0,2}$/;
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

  get ids(): string[] {
    return [...this.keys.keys()];
  }

  find(id: string): Buffer | undefined {
    return this.keys.get(id);
  }
}

/** What is wrong with these keys, one line a mistake, for the start's message. */
export function keyRingProblems(keys: readonly EncryptionKey[]): string[] {
  if (keys.length === 0) return [`keys: give at least one; ${CURE}`];
  const problems: string[] = [];
  const places = new Map<string, string>();
  keys.forEach(({ id, key }, i) => {
    if (!KEY_ID_FORM.test(id)) {
      problems.push(`keys[${i}].id: use 1 to 64 letters, digits, dots, dashes`);
    }
    if (keys.findIndex((other) => other.id === id) < i) {
      problems.push(`keys[${i}].id: '${id}' is there twice`);
    }
    const problem = keyProblem(key);
    if (problem) problems.push(`keys[${i}].key: ${problem}; ${CURE}`);
    const bytes = decode(key).toString('hex');
    const same = places.get(bytes);
    // Rotating from one to the other would change the label and protect nothing.
    if (same && !problem) problems.push(`keys[${i}].key: is the same as ${same}`);
    places.set(bytes, same ?? `keys[${i}].key`);
  });
  return problems;
}

/** Never quotes the key. */
function keyProblem(key: string): string | null {
  if (key === '') return 'is empty';
  if (!ENCODED.test(key)) return `is not base64; it must be ${KEY_BYTES} bytes in base64`;
  const bytes = decode(key);
  if (bytes.length !== KEY_BYTES) {
    return `is ${bytes.length} bytes in base64, must be ${KEY_BYTES}`;
  }
  if (bytes.every((byte) => byte >= 0x20 && byte < 0x7f)) {
    return 'is a text in base64, not random bytes';
  }
  const steps = bytes.map((byte, i) => byte - (bytes[i - 1] ?? 0)).subarray(1);
  const isRegular = [bytes, steps].some((row) => new Set(row).size < MIN_DIFFERENT_BYTES);
  return isRegular ? 'is too regular to be random' : null;
}

function decode(key: string): Buffer {
  return Buffer.from(key, /^[0-9a-f]{64}$/i.test(key) ? 'hex' : 'base64');
}
