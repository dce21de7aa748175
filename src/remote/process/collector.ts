import { StringDecoder } from 'node:string_decoder';

/** Encodings that write bytes down, and have no characters that a limit could cut. */
const BYTES_AS_TEXT: ReadonlySet<BufferEncoding> = new Set(['base64', 'base64url']);

const NOTHING = Buffer.alloc(0);

/** Keeps what a stream brings, up to a limit, and reads on past it, so that memory stays bounded and nothing blocks. */
export class Collector {
  readonly #limit: number;
  #chunks: Buffer[] | undefined;
  #size = 0;
  #truncated = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether something came that was not kept. */
  get truncated(): boolean {
    return this.#truncated;
  }

  add(chunk: Buffer): void {
    const room = this.#limit - this.#size;
    if (chunk.length > room) this.#truncated = true;
    if (room <= 0 || chunk.length === 0) return;
    const kept = chunk.length <= room ? chunk : chunk.subarray(0, room);
    if (this.#chunks === undefined) this.#chunks = [kept];
    else this.#chunks.push(kept);
    this.#size += kept.length;
  }

  /** The bytes so far. */
  bytes(): Buffer {
    if (this.#chunks !== undefined && this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks?.[0] ?? NOTHING;
  }

  /** The bytes so far as text. Where the limit cut a character in two, its half is left out. */
  text(encoding: BufferEncoding): string {
    if (this.#size === 0) return '';
    const mayBeCut = this.#truncated && !BYTES_AS_TEXT.has(encoding);
    return mayBeCut ? new StringDecoder(encoding).write(this.bytes()) : this.bytes().toString(encoding);
  }
}
