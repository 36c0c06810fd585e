/** Parameters of a statement whose text is put together of parts. */
export class SqlParameters {
  readonly values: unknown[] = [];

  /** Its place in the text: `$3`. */
  add(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}
