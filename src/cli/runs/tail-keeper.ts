import { isUtf8 } from 'node:buffer';
import type { KeptText } from './run-record.js';

/** Keeps the end of what comes, up to a number of bytes. */
export class TailKeeper {
  readonly #most: number;
  #chunks: Buffer[] = [];
  #size = 0;
  #truncated = false;

  constructor(most: number) {
    this.#most = most;
  }

  push(bytes: Buffer): void {
    this.#chunks.push(bytes);
    this.#size += bytes.length;
    for (let first = this.#chunks[0]; first !== undefined && this.#size > this.#most; first = this.#chunks[0]) {
      const excess = Math.min(first.length, this.#size - this.#most);
      this.#size -= excess;
      this.#truncated = true;
      if (excess === first.length) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(excess);
    }
  }

  /** What was kept, as text; `cut`: whether more had been left away before. */
  text(cut = false): KeptText {
    const bytes = Buffer.concat(this.#chunks);
    const truncated = this.#truncated || cut;
    // Half a character at the cut is no reason to call the rest binary.
    const whole = truncated ? bytes.subarray(continuation(bytes)) : bytes;
    return isUtf8(whole)
      ? { text: whole.toString(), encoding: 'utf8', truncated }
      : { text: bytes.toString('base64'), encoding: 'base64', truncated };
  }
}

/** How many bytes at the beginning belong to a character that began before (RFC 3629 §3). */
function continuation(bytes: Buffer): number {
  let at = 0;
  while (at < 3 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at += 1;
  return at;
}
