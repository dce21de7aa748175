/** A packet that breaks the format: the session ends. */
export class MalformedPacket extends Error {}

/** Reads the fields of one packet in order (draft-ietf-secsh-filexfer-02 §3). Throws {@link MalformedPacket}. */
export class PacketReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Bytes that have not been read. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#pass(1));
  }

  u32(): number {
    return this.#bytes.readUInt32BE(this.#pass(4));
  }

  /** Numbers of 2^53 and more lose their last digits. */
  u64(): number {
    return this.u32() * 0x1_0000_0000 + this.u32();
  }

  /** A view of the packet, not a copy. */
  string(): Buffer {
    const length = this.u32();
    const at = this.#pass(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** All that is left: a view of the packet, not a copy. */
  rest(): Buffer {
    return this.#bytes.subarray(this.#pass(this.left));
  }

  #pass(length: number): number {
    if (length > this.left) throw new MalformedPacket('a packet ended before its last field');
    const at = this.#at;
    this.#at += length;
    return at;
  }
}
