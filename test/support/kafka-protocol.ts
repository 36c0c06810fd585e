/** Reads the primitive types of Kafka's protocol: https://kafka.apache.org/protocol#protocol_types */
export class ProtocolReader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  int8(): number {
    return this.raw(1).readInt8();
  }

  int16(): number {
    return this.raw(2).readInt16BE();
  }

  int32(): number {
    return this.raw(4).readInt32BE();
  }

  string(): string | null {
    const length = this.int16();
    return length < 0 ? null : this.raw(length).toString();
  }

  array<Value>(read: () => Value): Value[] | null {
    const length = this.int32();
    return length < 0 ? null : Array.from({ length }, read);
  }

  /** Zigzag; numbers here stay below 2^31 or are of no interest. */
  varint(): number {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.raw(1).readUInt8();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number((value >> 1n) ^ -(value & 1n));
    }
  }

  varBytes(): Buffer | null {
    const length = this.varint();
    return length < 0 ? null : this.raw(length);
  }

  raw(length: number): Buffer {
    if (this.at + length > this.bytes.length) throw new RangeError('the message ends too soon');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  rest(): Buffer {
    return this.bytes.subarray(this.at);
  }
}

export class ProtocolWriter {
  private readonly parts: Buffer[] = [];

  int8(value: number): this {
    const part = Buffer.alloc(1);
    part.writeInt8(value);
    return this.raw(part);
  }

  int16(value: number): this {
    const part = Buffer.alloc(2);
    part.writeInt16BE(value);
    return this.raw(part);
  }

  int32(value: number): this {
    const part = Buffer.alloc(4);
    part.writeInt32BE(value);
    return this.raw(part);
  }

  int64(value: number): this {
    const part = Buffer.alloc(8);
    part.writeBigInt64BE(BigInt(value));
    return this.raw(part);
  }

  string(value: string | null): this {
    if (value === null) return this.int16(-1);
    const part = Buffer.from(value);
    return this.int16(part.length).raw(part);
  }

  array<Value>(values: readonly Value[], write: (value: Value) => unknown): this {
    this.int32(values.length);
    for (const value of values) write(value);
    return this;
  }

  raw(part: Buffer): this {
    this.parts.push(part);
    return this;
  }

  bytes(): Buffer {
    return Buffer.concat(this.parts);
  }
}

const CASTAGNOLI = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

export function crc32c(bytes: Buffer): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = (CASTAGNOLI[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}
