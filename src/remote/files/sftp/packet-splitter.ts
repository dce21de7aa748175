import { MalformedPacket } from './packet-reader.js';

/** No answer that is asked for comes near this length, in bytes. */
const LONGEST_ANSWER = 1024 * 1024;

/** From this length on a packet has its memory to itself, in bytes; shorter ones share Node's pool. */
const OWN_MEMORY = 4096;

/**
 * Cuts a stream of bytes into packets without their lengths. They are copied, large ones to memory of their own: a
 * chunk that came is not needed any longer, and what is kept of a packet keeps no other.
 */
export class PacketSplitter {
  readonly #head = Buffer.alloc(4);
  /** The packet that is being gathered; `undefined` while its length is. */
  #packet: Buffer | undefined;
  #filled = 0;

  /** The packets that are complete with `chunk`. Throws {@link MalformedPacket} for a length that cannot be meant. */
  *push(chunk: Buffer): Generator<Buffer> {
    for (let at = 0; at < chunk.length; ) {
      const into = this.#packet ?? this.#head;
      const copied = chunk.copy(into, this.#filled, at);
      at += copied;
      this.#filled += copied;
      if (this.#filled < into.length) return;
      this.#filled = 0;
      const packet = this.#packet;
      this.#packet = packet === undefined ? placeFor(into.readUInt32BE()) : undefined;
      if (packet !== undefined) yield packet;
    }
  }
}

function placeFor(length: number): Buffer {
  if (length === 0 || length > LONGEST_ANSWER) {
    throw new MalformedPacket(`a packet of ${length} bytes was announced`);
  }
  return length < OWN_MEMORY ? Buffer.allocUnsafe(length) : Buffer.allocUnsafeSlow(length);
}
