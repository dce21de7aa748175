import { PacketReader as FieldReader, MalformedPacket } from '../../remote/files/sftp/packet-reader.js';
import { LONGEST_PACKET } from '../../remote/files/sftp/protocol.js';

/** Reads the fields of one request in order. */
export class PacketReader extends FieldReader {
  /** A name. Names are bytes: they are held as `latin1` strings, one character a byte, and are never decoded. */
  name(): string {
    return this.string().toString('latin1');
  }
}

/** Puts one packet together. */
export class PacketWriter {
  readonly #parts: Buffer[] = [];

  u8(value: number): this {
    this.#parts.push(Buffer.from([value]));
    return this;
  }

  u32(value: number): this {
    const bytes = Buffer.allocUnsafe(4);
    bytes.writeUInt32BE(value >>> 0);
    this.#parts.push(bytes);
    return this;
  }

  u64(value: number): this {
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeBigUInt64BE(BigInt(value));
    this.#parts.push(bytes);
    return this;
  }

  string(value: Buffer): this {
    this.u32(value.length);
    this.#parts.push(value);
    return this;
  }

  /** The counterpart of {@link PacketReader.name}. */
  name(value: string): this {
    return this.string(Buffer.from(value, 'latin1'));
  }

  /** Bytes that were encoded before. */
  raw(value: Buffer): this {
    this.#parts.push(value);
    return this;
  }

  /** The packet, with its length in front. */
  finish(): Buffer {
    const length = this.#parts.reduce((sum, part) => sum + part.length, 0);
    const head = Buffer.allocUnsafe(4);
    head.writeUInt32BE(length);
    return Buffer.concat([head, ...this.#parts], length + 4);
  }
}

/** Cuts a stream of bytes into packets. */
export class PacketSplitter {
  #held: Buffer[] = [];
  #length = 0;

  /** The packets that are complete with `chunk`, without their lengths. Throws {@link MalformedPacket}. */
  *push(chunk: Buffer): Generator<Buffer> {
    this.#held.push(chunk);
    this.#length += chunk.length;
    while (this.#length >= 4) {
      const length = this.#join(4).readUInt32BE();
      if (length === 0 || length > LONGEST_PACKET) {
        throw new MalformedPacket(`An SFTP packet of ${length} bytes came; the longest allowed is ${LONGEST_PACKET}.`);
      }
      if (this.#length < 4 + length) return;
      const all = this.#join(4 + length);
      this.#held = all.length > 4 + length ? [all.subarray(4 + length)] : [];
      this.#length -= 4 + length;
      yield all.subarray(4, 4 + length);
    }
  }

  /** The first chunk, made at least `length` bytes long. Joins once for a packet, not once for a chunk. */
  #join(length: number): Buffer {
    const [first] = this.#held;
    if (first !== undefined && first.length >= length) return first;
    const all = Buffer.concat(this.#held);
    this.#held = [all];
    return all;
  }
}
