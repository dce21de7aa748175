import { joined } from '../pieces.js';
import { MalformedPacket } from './packet-reader.js';

/** No answer that is asked for comes near this length, in bytes. */
const LONGEST_ANSWER = 1024 * 1024;

/** A packet's bytes without its length, in the pieces in which they came. */
export interface Packet {
  readonly pieces: readonly Buffer[];
  readonly length: number;
}

/** Cuts a stream of bytes into packets without copying them. */
export class PacketSplitter {
  /** The length of the packet that is being gathered; `undefined` before it is known. */
  #length: number | undefined;
  #missing = 4;
  #pieces: Buffer[] = [];

  /** The packets that are complete with `chunk`. Throws {@link MalformedPacket} for a length that cannot be meant. */
  *push(chunk: Buffer): Generator<Packet> {
    for (let at = 0; at < chunk.length; ) {
      const end = Math.min(chunk.length, at + this.#missing);
      this.#pieces.push(at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end));
      this.#missing -= end - at;
      at = end;
      if (this.#missing > 0) return;
      const pieces = this.#pieces;
      this.#pieces = [];
      if (this.#length === undefined) {
        this.#length = checkedLength(joined(pieces).readUInt32BE());
        this.#missing = this.#length;
      } else {
        const length = this.#length;
        this.#length = undefined;
        this.#missing = 4;
        yield { pieces, length };
      }
    }
  }
}

function checkedLength(length: number): number {
  if (length === 0 || length > LONGEST_ANSWER) {
    throw new MalformedPacket(`a packet of ${length} bytes was announced`);
  }
  return length;
}
