/** The requests of SFTP version 3 (draft-ietf-secsh-filexfer-02, section 3). */
export const Request = {
  INIT: 1,
  OPEN: 3,
  CLOSE: 4,
  READ: 5,
  WRITE: 6,
  LSTAT: 7,
  FSTAT: 8,
  SETSTAT: 9,
  FSETSTAT: 10,
  OPENDIR: 11,
  READDIR: 12,
  REMOVE: 13,
  MKDIR: 14,
  RMDIR: 15,
  REALPATH: 16,
  STAT: 17,
  RENAME: 18,
  READLINK: 19,
  SYMLINK: 20,
  EXTENDED: 200,
} as const;

/** Its answers. */
export const Response = {
  VERSION: 2,
  STATUS: 101,
  HANDLE: 102,
  DATA: 103,
  NAME: 104,
  ATTRS: 105,
  EXTENDED_REPLY: 201,
} as const;

/** How a request went (section 7). */
export const Status = {
  OK: 0,
  EOF: 1,
  NO_SUCH_FILE: 2,
  PERMISSION_DENIED: 3,
  FAILURE: 4,
  BAD_MESSAGE: 5,
  OP_UNSUPPORTED: 8,
} as const;

/** The longest packet that OpenSSH's sftp-server takes, in bytes. */
export const LONGEST_PACKET: number = 256 * 1024;

/** A request that breaks the format: the session ends. */
export class MalformedPacket extends Error {}

/** Reads the fields of one packet in order. */
export class PacketReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    return this.#take(1).readUInt8();
  }

  u32(): number {
    return this.#take(4).readUInt32BE();
  }

  u64(): number {
    return Number(this.#take(8).readBigUInt64BE());
  }

  string(): Buffer {
    return this.#take(this.u32());
  }

  /** A name. Names are bytes: they are held as `latin1` strings, one character a byte, and are never decoded. */
  name(): string {
    return this.string().toString('latin1');
  }

  #take(length: number): Buffer {
    if (length > this.left) throw new MalformedPacket('An SFTP packet ended before its last field.');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
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
