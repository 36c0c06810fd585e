import { readFileSync } from 'node:fs';

/** A file of `public`, read at the start. */
export function publicFile(name: string): string {
  return readFileSync(new URL(`../../public/${name}`, import.meta.url), 'utf8');
}
