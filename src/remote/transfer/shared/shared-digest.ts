import { createHash, type Hash } from 'node:crypto';
import { raceAbort } from '../../../core/abort.js';
import type { DigestOptions, FileDigest } from '../../files/file-driver.js';

/** Where a digest has its bytes from. */
export interface DigestSource {
  /** Up to `length` bytes from `position` on; fewer than that, and at least one, wherever the file has them. */
  read(position: number, length: number): Promise<readonly Buffer[]>;
  /** Whether the byte at `position` is in memory, or on its way there. */
  holds(position: number): boolean;
  /** The error of a file that ends before `length`. */
  tooShort(length: number): Error;
}

/** What a digest begins with: the bytes before `position`, already in `hash`. */
interface Before {
  readonly position: number;
  readonly hash: Hash;
}

/**
 * SHA-256 over the first bytes of a file that many read, made once for all of them. It goes along behind whoever is
 * ahead, out of what was read for them, and reads by itself only once somebody waits for it: what nobody has read in
 * order, as where all go on in the middle.
 */
export class SharedDigest implements FileDigest {
  /** Over how many bytes. */
  readonly length: number;
  readonly #source: DigestSource;
  readonly #hash: Hash;
  #position: number;
  #value: string | undefined;
  #running: Promise<void> | undefined;
  /** Those who wait for it. */
  readonly #waiting = new Set<DigestOptions>();

  constructor(source: DigestSource, length: number, before?: Before) {
    this.length = length;
    this.#source = source;
    this.#hash = before?.hash ?? createHash('sha256');
    this.#position = before?.position ?? 0;
  }

  /** The next byte that it will want. */
  get position(): number {
    return this.#position;
  }

  /** Whether all of the bytes have been seen. */
  get done(): boolean {
    return this.#position >= this.length;
  }

  /** What a longer digest of the same file may begin with, once this one is done. */
  get end(): Before {
    return { position: this.#position, hash: this.#hash.copy() };
  }

  /** Takes what has come of the bytes that are next, if anything has. */
  follow(): void {
    if (this.done || !this.#source.holds(this.#position)) return;
    // Who waits for it is told why it failed; what nobody waits for is tried again when somebody does.
    this.#run().catch(() => {});
  }

  async value(o: DigestOptions): Promise<string> {
    this.#waiting.add(o);
    try {
      if (!this.done) await raceAbort(this.#run(), o.signal, { doing: 'computing the digest of a shared file' });
    } finally {
      this.#waiting.delete(o);
    }
    this.#value ??= this.#hash.copy().digest('hex');
    return this.#value;
  }

  #run(): Promise<void> {
    // A moment later: to ask for what is next calls `follow`, which must find that this is under way.
    this.#running ??= Promise.resolve().then(() => this.#go());
    return this.#running;
  }

  async #go(): Promise<void> {
    try {
      while (!this.done && (this.#waiting.size > 0 || this.#source.holds(this.#position))) {
        const pieces = await this.#source.read(this.#position, this.length - this.#position);
        if (pieces.length === 0) throw this.#source.tooShort(this.length);
        for (const piece of pieces) {
          this.#hash.update(piece);
          this.#position += piece.length;
        }
        for (const { moved } of this.#waiting) moved();
      }
    } finally {
      this.#running = undefined;
    }
  }
}
