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

/** The pieces as one; a copy only where there are several. */
export function joined(pieces: readonly Buffer[]): Buffer {
  const [first] = pieces;
  return pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces);
}

/** What remains of the pieces when `count` bytes are taken off their front. */
export function withoutFirst(pieces: readonly Buffer[], count: number): Buffer[] {
  const rest: Buffer[] = [];
  let skip = count;
  for (const piece of pieces) {
    if (skip < piece.length) rest.push(skip === 0 ? piece : piece.subarray(skip));
    skip = Math.max(0, skip - piece.length);
  }
  return rest;
}

/** The first `count` bytes of the pieces. */
export function onlyFirst(pieces: readonly Buffer[], count: number): Buffer[] {
  const first: Buffer[] = [];
  let left = count;
  for (const piece of pieces) {
    if (left === 0) break;
    first.push(piece.length <= left ? piece : piece.subarray(0, left));
    left = Math.max(0, left - piece.length);
  }
  return first;
}

/** How many bytes the pieces are together. */
export function lengthOf(pieces: readonly Buffer[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}
