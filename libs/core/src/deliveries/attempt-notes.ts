import { storable } from '../http/recorded-text.js';
import type { SecretValues } from '../http/secret-values.js';

const MAX_LINES = 100;
const MAX_LINE = 2_000;
const MAX_CHARACTERS = 16_384;
const MORE = '… there was more';

/** Lines that are kept with an attempt: secrets redacted, a few, short. */
export class AttemptNotes {
  private readonly kept: string[] = [];
  private room = MAX_CHARACTERS;
  private isFull = false;

  add(line: string, secrets: SecretValues): void {
    if (this.isFull) return;
    // What comes cut may end in the midst of a secret.
    const clean = line.length < MAX_LINE ? secrets.redact(line) : secrets.redactCut(line);
    const text = storable(clean).slice(0, MAX_LINE);
    this.isFull = this.kept.length >= MAX_LINES || text.length > this.room;
    this.kept.push(this.isFull ? MORE : text);
    this.room -= text.length;
  }

  get lines(): readonly string[] {
    return this.kept;
  }
}
