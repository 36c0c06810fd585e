import { Script } from 'node:vm';

/** The code as the sandbox gets it: `secrets` and the like are names around it, on its first line. */
export function sourceOf(code: string): string {
  return `({ event, secrets, delivery, subscription }) => (${code}\n)(event)`;
}

/** What is wrong with the code as such, with its line; it is read, never run. Null: nothing. */
export function syntaxProblem(code: string): string | null {
  try {
    void new Script(`(${code}\n)`, { filename: 'script.js' });
    return null;
  } catch (error) {
    // Of what is nested too deeply to be read.
    if (error instanceof RangeError) return `can’t be read: ${error.message}`;
    if (!(error instanceof SyntaxError)) throw error;
    const line = /script\.js:(\d+)/.exec(error.stack ?? '')?.[1];
    return `SyntaxError: ${error.message}${line === undefined ? '' : ` (line ${line})`}`;
  }
}
