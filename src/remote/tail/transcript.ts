import { constants } from 'node:buffer';
import { OptionError } from '../../core/hawser-error.js';

/** How large a block is at least and at most, in bytes, unless one piece alone is larger. */
const SMALLEST_BLOCK = 1024;
const LARGEST_BLOCK = 64 * 1024;

/** Some of a text, of whole characters. */
interface Block {
  readonly bytes: Buffer;
  /** How many of the bytes are in use. */
  used: number;
  /** In UTF-16 code units. */
  length: number;
}

/**
 * A text that grows: all of it, or the last `limit` UTF-16 code units. It is kept as bytes outside of JavaScript's heap,
 * one for a character of ASCII, and becomes a string when it is asked for.
 */
export class Transcript {
  readonly #limit: number;
  readonly #encoding: BufferEncoding;
  #blocks: Block[] = [];
  /** What the blocks hold, in code units. */
  #held = 0;
  #truncated = false;

  /** `limit` may be infinite; `encoding` is one that the text came in. */
  constructor(limit: number, encoding: BufferEncoding) {
    this.#limit = limit;
    this.#encoding = encoding === 'utf8' || encoding === 'utf-8' ? 'utf8' : 'latin1';
  }

  /** Whether something of it was dropped. */
  get truncated(): boolean {
    return this.#truncated;
  }

  /** Adds text, which ends with a whole character. */
  add(text: string): void {
    if (text === '') return;
    this.#held += text.length;
    if (this.#held > this.#limit) this.#truncated = true;
    if (this.#limit === 0) return;
    const size = Buffer.byteLength(text, this.#encoding);
    const block = this.#blockFor(size);
    block.bytes.write(text, block.used, this.#encoding);
    block.used += size;
    block.length += text.length;
    this.#dropOld();
  }

  /** Throws {@link OptionError} for more than a string can hold. */
  toString(): string {
    if (this.#limit === 0) return '';
    if (Math.min(this.#held, this.#limit) > constants.MAX_STRING_LENGTH) {
      throw new OptionError(
        `The contents are ${this.#held} characters, more than a string holds: set the \`maxContents\` option to ${constants.MAX_STRING_LENGTH} or less to have the last of them.`,
      );
    }
    const spare = Math.max(0, this.#held - this.#limit);
    return this.#blocks
      .map(({ bytes, used }, i) => bytes.toString(this.#encoding, 0, used).slice(i === 0 ? spare : 0))
      .join('');
  }

  #blockFor(size: number): Block {
    const last = this.#blocks.at(-1);
    if (last !== undefined && last.used + size <= last.bytes.length) return last;
    // Each is twice as large as the one before it: a tail of few lines takes little.
    const wanted = Math.min(LARGEST_BLOCK, Math.max(SMALLEST_BLOCK, (last?.bytes.length ?? 0) * 2));
    const block: Block = { bytes: Buffer.allocUnsafeSlow(Math.max(size, wanted)), used: 0, length: 0 };
    this.#blocks.push(block);
    return block;
  }

  /** Lets go of the blocks of which nothing is wanted any more. */
  #dropOld(): void {
    let first = 0;
    for (let length = this.#blocks[0]?.length; length !== undefined; length = this.#blocks[first]?.length) {
      if (this.#held - length < this.#limit) break;
      this.#held -= length;
      first += 1;
    }
    if (first > 0) this.#blocks = this.#blocks.slice(first);
  }
}
