const KEPT_BYTES = 4_096;

/** The end of what was printed: of much output, little is kept. */
export class OutputTail {
  /** Bytes in all. */
  length = 0;
  private kept = Buffer.alloc(0);

  add(chunk: Buffer): void {
    this.length += chunk.length;
    this.kept = Buffer.concat([this.kept, chunk]).subarray(-KEPT_BYTES);
  }

  text(): string {
    const text = this.kept.toString().replaceAll('\0', '').trim();
    return this.length > KEPT_BYTES ? `…${text}` : text;
  }
}
